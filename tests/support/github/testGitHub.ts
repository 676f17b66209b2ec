import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fault } from "../../../sandbox/emulators/github/http/faults.ts";
import type { Hiding } from "../../../sandbox/emulators/github/store/world.ts";
import type { GithubSettings } from "../../../sandbox/emulators/github/emulator.ts";
import { configure } from "../../../lib/github/client.ts";
import type { LoggedRequest } from "../../../sandbox/emulators/github/http/requestLog.ts";
import { startGithub } from "../../../sandbox/emulators/github/emulator.ts";

/** A way to ask GitHub that shares nothing with the providers. */
export interface GitHubRoute {
  readonly owner: string;
  graphql<T>(query: string, variables?: Record<string, unknown>): Promise<T>;
  rest<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** A GitHub of a test's own. */
export interface TestGitHub extends GitHubRoute {
  readonly url: string;
  readonly token: string;
  faults(faults: readonly Fault[]): Promise<void>;
  /** Hides nodes, by their ids, from the providers and from nobody else. */
  hide(nodes: Readonly<Record<string, Hiding>>): Promise<void>;
  /** Renames the organization; `owner` stays that of the start. */
  renameOrganization(from: string, to: string): Promise<void>;
  /** Makes it the GitHub that the providers ask from now on. */
  use(): void;
  /** The number of requests since the last call; those of this object are not counted. */
  requests(): Promise<number>;
  /** The writes since the last call of this or the above, as `POST /orgs/…`; mutations by their names. */
  writes(): Promise<string[]>;
  /** Resolves when all deliveries to webhooks under way were made. */
  settle(): Promise<void>;
  /** Everything as at the start. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts an emulator on a port of the kernel's choice, with the organization `bto-labs`. */
export async function testGitHub(settings: Partial<GithubSettings> = {}): Promise<TestGitHub> {
  const directory = await mkdtemp(join(tmpdir(), "mesh-six-github-"));
  const token = "ghp_test_of_providers";
  const own = "ghp_test_of_the_test";
  const owner = "bto-labs";
  const github = await startGithub({
    dataDirectory: directory,
    organization: owner,
    token,
    tokens: { [own]: { login: "person" } },
    ...settings,
  });
  let asked = 0;
  const send = async (url: string, bearer: string, method: string, body?: unknown) => {
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
  const control = (method: string, path: string, body?: unknown) =>
    send(`${github.url}/_emulator/${path}`, github.controlToken, method, body);
  return {
    url: github.url,
    token,
    owner,
    async graphql<T>(query: string, variables = {}) {
      asked += 1;
      const answer = await send(`${github.url}/api/graphql`, own, "POST", { query, variables });
      const { data, errors } = answer as { data: T; errors?: readonly { message: string }[] };
      if (errors) throw new Error(errors.map(({ message }) => message).join("; "));
      return data;
    },
    rest<T>(method: string, path: string, body?: unknown) {
      asked += 1;
      return send(`${github.url}/api/v3${path}`, own, method, body) as Promise<T>;
    },
    async faults(faults) {
      await control("PUT", "faults", faults);
    },
    async hide(nodes) {
      await control("PUT", "hidden", { robot: nodes });
    },
    async renameOrganization(from, to) {
      await control("POST", "rename", { from, to });
    },
    use() {
      const settings: Record<string, string> = {
        "mesh-six:githubBaseUrl": github.url,
        "mesh-six:githubToken": token,
        "mesh-six:githubBackoffSeconds": "0.01",
      };
      const get = (key: string) => settings[key];
      void configure({ config: { get, require: (key) => get(key) ?? "" } });
    },
    async requests() {
      const log = (await control("GET", "requests")) as readonly unknown[];
      await control("DELETE", "requests");
      const count = log.length - asked;
      asked = 0;
      return count;
    },
    async writes() {
      const log = (await control("GET", "requests")) as readonly LoggedRequest[];
      await control("DELETE", "requests");
      asked = 0;
      return log.flatMap(({ method, path, operations }) => {
        if (!path.endsWith("/graphql")) return ["GET", "HEAD"].includes(method) ? [] : [`${method} ${path}`];
        // A document of queries alone looks up, and names what it looks up in a query's words.
        return operations.filter((name) => /^(create|update|delete|add|link|close|merge)/.test(name));
      });
    },
    async settle() {
      await control("POST", "settle");
    },
    async reset() {
      await control("POST", "reset");
    },
    async close() {
      await github.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
