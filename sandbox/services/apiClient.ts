import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { ApiError, type ApiRequest, send } from "../../lib/kubernetes/request.ts";
import { certificatePaths } from "../place/certificates.ts";
import type { SandboxDirectory } from "../place/directory.ts";

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

/** Speaks to the sandbox's own API server as its administrator, before there is a kubeconfig. */
export class ApiClient {
  readonly #agent: Agent;
  readonly #server: string;

  constructor(directory: SandboxDirectory, port: number) {
    const paths = certificatePaths(directory);
    this.#server = `https://127.0.0.1:${String(port)}`;
    this.#agent = new Agent({
      ca: readFileSync(paths.authority),
      cert: readFileSync(paths.certificate("admin")),
      key: readFileSync(paths.key("admin")),
      keepAlive: true,
    });
  }

  /** The object at that path, or undefined when there is none. */
  async get(path: string): Promise<unknown> {
    try {
      return await this.#send({ path });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw refused(error, `GET ${path}`);
    }
  }

  /** Server-side apply: creates the object or brings the given fields to these values. */
  async apply(path: string, manifest: Manifest): Promise<void> {
    const query = "?fieldManager=mesh-six-sandbox&force=true";
    const contentType = "application/apply-patch+yaml";
    try {
      await this.#send({ method: "PATCH", path: `${path}${query}`, body: manifest, contentType });
    } catch (error) {
      throw refused(error, `${manifest.kind} ${manifest.metadata.name}`);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(request: ApiRequest): Promise<unknown> {
    return send({ server: this.#server, options: { agent: this.#agent } }, request);
  }
}

/** An API server that does not answer answered before, or it would not be asked: it, or etcd behind it, has ended. */
function refused(cause: unknown, what: string): Error {
  if (!(cause instanceof ApiError)) return cause as Error;
  if (cause.status !== undefined) {
    return new Error(`The API server refuses ${what}: ${cause.message}`, { cause });
  }
  return new Error(
    `The sandbox's API server does not answer (${cause.message}). Run the same command again: it starts what has ended. ` +
      'If it fails again, "npm run sandbox -- logs kube-apiserver" tells more.',
    { cause },
  );
}
