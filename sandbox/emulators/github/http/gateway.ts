/** The one door: HTTP in front, then token, limits, faults and permissions, then the part that does the work. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { control, type ControlParts } from "./control.ts";
import { faultReply, spoilt, type FaultAction } from "./faults.ts";
import { failure, type Incoming, type Reply } from "./http.ts";
import { limitHeaders, type Limits } from "./limits.ts";
import { permissionHeaders, refusal } from "./permissions.ts";
import type { Tokens } from "./tokens.ts";

/** The operations and the cost of a GraphQL request, known before it runs. */
export interface Prepared {
  readonly operations: readonly string[];
  /** Points of the hourly limit. */
  readonly cost: number;
  readonly run: (fault: FaultAction | undefined) => Promise<Reply>;
}

export interface Parts {
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly controls: ControlParts;
  readonly rest: (request: Incoming) => Promise<Reply>;
  readonly graphql: (request: Incoming) => Promise<Prepared>;
  readonly pages: (path: string) => Reply | undefined;
  /** Puts what a request changed on disk; called before the answer goes out. */
  readonly save: () => void;
}

const api = /^\/api\/v3(?=\/|$)/;

/** Listens on 127.0.0.1 only. @param port 0: one from the kernel */
export async function listen(port: number): Promise<Server> {
  // Only clients close idle connections: a client that was kept from running for longer than the server waits would send
  // its next request on one that is being closed, and be answered by a reset.
  const server = createServer({ keepAliveTimeout: 0 });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

export function serve(server: Server, parts: Parts): void {
  server.on("request", (message: IncomingMessage, response: ServerResponse) => {
    answer(parts, message)
      .catch((error: unknown) => {
        process.stderr.write(`${message.method} ${message.url?.replace(/\?.*/, "")}: ${String(error)}\n`);
        return failure(500, "The GitHub emulator failed; its log has the reason.");
      })
      .then((reply) => send(message, response, reply))
      .catch(() => response.destroy());
  });
}

function send(message: IncomingMessage, response: ServerResponse, reply: Reply | "drop"): void {
  if (reply === "drop") {
    message.socket.destroy();
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) });
  response.end(message.method === "HEAD" ? undefined : reply.body);
}

async function answer(parts: Parts, message: IncomingMessage): Promise<Reply | "drop"> {
  const url = new URL(message.url ?? "/", "http://emulator");
  const method = message.method ?? "GET";
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (url.pathname.startsWith("/_emulator/")) {
    const reply = await control(parts.controls, method, url.pathname.slice(10), headers.authorization, body);
    if (method !== "GET") parts.save();
    return reply;
  }
  const graphql = url.pathname === "/api/graphql";
  if (!graphql && !api.test(url.pathname)) {
    return (method === "GET" ? parts.pages(url.pathname) : undefined) ?? failure(404, "Not Found");
  }
  const actor = parts.tokens.actorOf(headers.authorization);
  const request = {
    method,
    path: graphql ? "/graphql" : url.pathname.replace(api, "").replace(/(?<=.)\/$/, "") || "/",
    query: url.searchParams,
    headers,
    body,
    actor: actor === "unknown" ? undefined : actor,
  };
  const work =
    actor === "unknown" || (graphql && !actor) ? undefined : await prepared(parts, request, graphql);
  const reply = work
    ? await struck(parts, request, work)
    : failure(401, actor ? "Bad credentials" : "This endpoint requires you to be authenticated.");
  parts.controls.log.add({
    at: new Date().toISOString(),
    method,
    path: url.pathname,
    operations: work?.operations ?? [],
    status: reply === "drop" ? undefined : reply.status,
    login: request.actor?.login,
    userAgent: headers["user-agent"],
  });
  return reply;
}

function prepared(parts: Parts, request: Incoming, graphql: boolean): Promise<Prepared> {
  if (graphql) {
    return request.method === "POST"
      ? parts.graphql(request)
      : Promise.resolve({ operations: [], cost: 0, run: () => Promise.resolve(failure(404, "Not Found")) });
  }
  const cost = request.path === "/rate_limit" ? 0 : 1;
  return Promise.resolve({
    operations: [],
    cost,
    run: async () => refusal(request) ?? (await parts.rest(request)),
  });
}

async function struck(parts: Parts, request: Incoming, work: Prepared): Promise<Reply | "drop"> {
  const { method, path } = request;
  const graphql = path === "/graphql";
  const action = parts.controls.faults.strike({ method, path, operations: work.operations });
  const spent = parts.limits.spend(
    request.actor?.login ?? "anonymous",
    graphql ? "graphql" : "core",
    work.cost,
  );
  const headers = {
    ...limitHeaders(spent.state),
    ...(graphql ? {} : permissionHeaders(request)),
    ...common(),
  };
  const early = action && earlyAnswer(action, graphql);
  if (early) return early === "drop" ? early : { ...early, headers: { ...headers, ...early.headers } };
  const limited = spent.exceeded ? faultReply({ kind: "exhausted" }, graphql) : undefined;
  if (action?.kind === "delay") await new Promise((done) => setTimeout(done, action.milliseconds));
  const reply = limited ?? (await work.run(action));
  if (method !== "GET") parts.save();
  if (action?.kind === "drop") return "drop";
  const shown = action?.kind === "status" ? (faultReply(action, graphql) ?? reply) : reply;
  const answered = { ...shown, headers: { ...headers, ...shown.headers } };
  return action?.kind === "spoil" ? spoilt(answered, action.as) : answered;
}

/** The answer of a fault instead of the work. */
function earlyAnswer(action: FaultAction, graphql: boolean): Reply | "drop" | undefined {
  if ((action.kind === "status" || action.kind === "drop") && action.after === true) return undefined;
  return action.kind === "drop" ? "drop" : faultReply(action, graphql);
}

function common(): Record<string, string> {
  return {
    "x-github-media-type": "github.v3; format=json",
    "x-github-api-version-selected": "2022-11-28",
    "x-github-request-id": crypto.randomUUID(),
  };
}
