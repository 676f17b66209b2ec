import http from "node:http";
import https from "node:https";
import { isObject, objectAt, type Properties, type Value } from "../protocol/values.ts";
import type { Cluster } from "./kubeconfig.ts";

/** An answer of the API server other than 2xx. */
export class ApiError extends Error {
  readonly code: number;
  /** Such as NotFound, AlreadyExists, Conflict, Invalid. */
  readonly reason: string;
  /** `details.causes` of the Status, for conflicts and invalid fields. */
  readonly causes: readonly Properties[];

  constructor(code: number, status: Properties, fallback: string) {
    super(typeof status["message"] === "string" ? status["message"] : fallback);
    this.code = code;
    this.reason = typeof status["reason"] === "string" ? status["reason"] : "";
    const causes = objectAt(status["details"])["causes"];
    this.causes = Array.isArray(causes) ? causes.filter(isObject) : [];
  }
}

export interface Request {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Without the server's part, with the query. */
  readonly path: string;
  readonly body?: Value;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

/** A client of one API server: JSON in and out, connections kept. */
export class Client {
  readonly cluster: Cluster;
  readonly #agent: https.Agent | http.Agent;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.#agent = cluster.server.startsWith("http:")
      ? new http.Agent({ keepAlive: true })
      : new https.Agent({
          keepAlive: true,
          ca: cluster.ca,
          cert: cluster.certificate,
          key: cluster.key,
          servername: cluster.serverName,
          rejectUnauthorized: !cluster.insecure,
        });
  }

  /** @throws ApiError, or one line about an API server that cannot be reached */
  async request(request: Request): Promise<Properties> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { code, content } = await this.#send(request, body);
    let answer: Value = null;
    try {
      answer = JSON.parse(content) as Value;
    } catch {
      // Not every error comes from the API server itself; what is not JSON is reported as it is.
    }
    if (code >= 200 && code < 300) return objectAt(answer);
    throw new ApiError(code, objectAt(answer), `HTTP ${code}: ${content.slice(0, 200).trim()}`);
  }

  #send(request: Request, body: string | undefined): Promise<{ code: number; content: string }> {
    const { server, token } = this.cluster;
    const headers: http.OutgoingHttpHeaders = {
      accept: "application/json",
      "user-agent": "mesh-six-stand-in",
    };
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    if (body !== undefined) {
      headers["content-type"] = request.contentType ?? "application/json";
      headers["content-length"] = Buffer.byteLength(body);
    }
    const { method, signal } = request;
    const options = { method, headers, agent: this.#agent, signal };
    return new Promise((resolve, reject) => {
      const open = server.startsWith("http:") ? http.request : https.request;
      const sent = open(server + request.path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ code: response.statusCode ?? 0, content: Buffer.concat(chunks).toString("utf8") });
        });
      });
      sent.on("error", (cause: NodeJS.ErrnoException) => {
        if (signal.aborted) reject(signal.reason as Error);
        else reject(new Error(this.#unreachable(cause), { cause }));
      });
      sent.end(body);
    });
  }

  #unreachable(cause: NodeJS.ErrnoException): string {
    const { server, context } = this.cluster;
    const what = cause.message || cause.code || "no answer";
    return `The Kubernetes API server ${server} (context ${context}) cannot be reached: ${what}. Start it, or correct kubeconfig.`;
  }
}
