import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One request, read whole. */
export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Host of an absolute address, as a proxy gets it, else undefined. */
  readonly host: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Undefined: there is nothing at that path. */
export type Handler = (call: Call) => Answer | undefined | Promise<Answer | undefined>;

export function json(body: unknown, status = 200): Answer {
  return { status, type: "application/json", body: JSON.stringify(body) };
}

export function plain(body: string, status = 200, type = "text/plain"): Answer {
  return { status, type, body };
}

/** The JSON object in the body; undefined when it is none. */
export function objectIn({ body }: Call): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Serves the handler on 127.0.0.1; port 0 takes one from the kernel. Resolves to the port. */
export async function listen(handler: Handler, port = 0): Promise<number> {
  const server: Server = createServer((request, response) => {
    void respond(handler, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function respond(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let answer: Answer | undefined;
  try {
    const target = request.url ?? "/";
    const url = new URL(target, "http://self");
    answer = await handler({
      method: request.method ?? "GET",
      path: url.pathname,
      host: target.startsWith("/") ? undefined : url.host,
      headers: request.headers,
      body: await text(request),
    });
    answer ??= json({ error: "Not Found" }, 404);
  } catch (error) {
    answer = json({ success: false, error: error instanceof Error ? error.message : String(error) }, 500);
  }
  response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
}
