/** An emulator in a directory of its own, asked over HTTP like any client would. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startGithub, type Github, type GithubSettings } from "../../../sandbox/emulators/github/emulator.ts";

export const token = "ghp_all_scopes";

interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

interface GraphqlError {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

export interface Emulator {
  readonly github: Github;
  readonly directory: string;
  rest<T>(method: string, path: string, body?: unknown, as?: string): Promise<Answer<T>>;
  graphql<T>(
    query: string,
    variables?: object,
    as?: string,
  ): Promise<Answer<{ data?: T; errors?: GraphqlError[] }>>;
  /** The data; an error of any kind fails the test. */
  data<T>(query: string, variables?: object): Promise<T>;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export function clientOf(github: Github, directory: string): Emulator {
  const call = async <T>(
    method: string,
    path: string,
    bearer: string,
    body?: unknown,
  ): Promise<Answer<T>> => {
    const response = await fetch(github.url + path, {
      method,
      headers: bearer === "" ? {} : { authorization: `Bearer ${bearer}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? undefined : JSON.parse(text)) as T,
    };
  };
  const emulator: Emulator = {
    github,
    directory,
    rest: (method, path, body, as = token) => call(method, `/api/v3${path}`, as, body),
    graphql: (query, variables, as = token) => call("POST", "/api/graphql", as, { query, variables }),
    data: async <T>(query: string, variables?: object) => {
      const { body } = await emulator.graphql<T>(query, variables);
      if (body.errors || !body.data) throw new Error(JSON.stringify(body));
      return body.data;
    },
    control: async <T>(method: string, path: string, body?: unknown) =>
      (await call<T>(method, `/_emulator${path}`, github.controlToken, body)).body,
  };
  return emulator;
}

/** Starts one and has it closed and its directory removed when the test ends. */
export async function emulator(t: TestContext, settings: Partial<GithubSettings> = {}): Promise<Emulator> {
  const directory = await mkdtemp(join(tmpdir(), "github-emulator-"));
  const github = await startGithub({
    dataDirectory: directory,
    organization: "bto-labs",
    token,
    ...settings,
  });
  t.after(async () => {
    await github.close();
    await rm(directory, { recursive: true, force: true });
  });
  return clientOf(github, directory);
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A local receiver of hook deliveries. */
export async function receiver(t: TestContext, status = 200): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(status).end("received");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

interface Made {
  readonly createProjectV2: {
    readonly projectV2: {
      readonly id: string;
      readonly number: number;
      readonly field: { readonly id: string; readonly options: { id: string; name: string }[] };
    };
  };
}

/** A board of the organization with `cards` draft cards, spread over its three columns. */
export async function boardWithCards(e: Emulator, cards: number) {
  const { organization } = await e.data<{ organization: { id: string } }>(
    `{organization(login:"bto-labs"){id}}`,
  );
  const made = await e.data<Made>(
    `mutation($owner:ID!){createProjectV2(input:{ownerId:$owner,title:"Board"}){projectV2{
      id number field(name:"Status"){... on ProjectV2SingleSelectField{id options{id name}}}}}}`,
    { owner: organization.id },
  );
  const { id, number, field } = made.createProjectV2.projectV2;
  for (let n = 0; n < cards; n += 1) {
    const { addProjectV2DraftIssue: added } = await e.data<{
      addProjectV2DraftIssue: { projectItem: { id: string } };
    }>(
      `mutation($p:ID!,$t:String!){addProjectV2DraftIssue(input:{projectId:$p,title:$t}){projectItem{id}}}`,
      { p: id, t: `Card ${n}` },
    );
    await e.data(
      `mutation($p:ID!,$i:ID!,$f:ID!,$o:String!){updateProjectV2ItemFieldValue(input:{projectId:$p,itemId:$i,fieldId:$f,
        value:{singleSelectOptionId:$o}}){clientMutationId}}`,
      { p: id, i: added.projectItem.id, f: field.id, o: field.options[n % field.options.length]?.id },
    );
  }
  return { id, number, field, ownerId: organization.id };
}

/** The number of cards of each status, by its name; "" for cards without one. */
export async function statusCounts(e: Emulator, projectId: string): Promise<Record<string, number>> {
  const { node } = await e.data<{
    node: { items: { nodes: { fieldValueByName: { name: string } | null }[] } };
  }>(
    `query($p:ID!){node(id:$p){... on ProjectV2{items(first:100){nodes{fieldValueByName(name:"Status"){
      ... on ProjectV2ItemFieldSingleSelectValue{name}}}}}}}`,
    { p: projectId },
  );
  const counts: Record<string, number> = {};
  for (const { fieldValueByName } of node.items.nodes) {
    const name = fieldValueByName?.name ?? "";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
