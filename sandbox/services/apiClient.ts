import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { certificatePaths } from "../place/certificates.ts";
import type { SandboxDirectory } from "../place/directory.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** As much of an object as is needed to name it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Speaks to the sandbox's own API server as its administrator; a few calls that need no client library. */
export class ApiClient {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(directory: SandboxDirectory, port: number) {
    const paths = certificatePaths(directory);
    this.#port = port;
    this.#agent = new Agent({
      ca: readFileSync(paths.authority),
      cert: readFileSync(paths.certificate("admin")),
      key: readFileSync(paths.key("admin")),
      keepAlive: true,
    });
  }

  /** The object at that path, or undefined when there is none. */
  async get(path: string): Promise<unknown> {
    const { status, body } = await this.#call("GET", path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`The API server refuses GET ${path}: ${reason(body)}`);
    return body;
  }

  /** Server-side apply: creates the object or brings the given fields to these values. */
  async apply(path: string, manifest: Manifest): Promise<void> {
    const query = "?fieldManager=mesh-six-sandbox&force=true";
    const { status, body } = await this.#call("PATCH", `${path}${query}`, manifest);
    if (status !== 200 && status !== 201) {
      throw new Error(`The API server refuses ${manifest.kind} ${manifest.metadata.name}: ${reason(body)}`);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #call(method: string, path: string, content?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          method,
          path,
          agent: this.#agent,
          timeout: 30_000,
          headers: content === undefined ? {} : { "content-type": "application/apply-patch+yaml" },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("error", (cause) => reject(unreachable(cause)));
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, body: parsed(text) });
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer to ${method} ${path}`)));
      call.on("error", (cause) => reject(unreachable(cause)));
      call.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }
}

/** It answered before, or it would not be asked: it, or etcd behind it, has ended meanwhile. */
function unreachable(cause: Error): Error {
  return new Error(
    `The sandbox's API server does not answer (${cause.message}). Run the same command again: it starts what has ended. ` +
      'If it fails again, "npm run sandbox -- logs kube-apiserver" tells more.',
    { cause },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reason(body: unknown): string {
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : "no reason given";
}
