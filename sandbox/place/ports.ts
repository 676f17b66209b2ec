import { createServer } from "node:net";
import type { SandboxDirectory } from "./directory.ts";
import { readJson, writeJson } from "../../lib/process/files.ts";

/**
 * The port of each service, remembered so that a kubeconfig or URL someone has noted stays valid across
 * `down` and `up`. All are on 127.0.0.1.
 */
export class Ports {
  readonly #path: string;
  readonly #ports: Record<string, number>;

  constructor(directory: SandboxDirectory) {
    this.#path = directory.ports;
    this.#ports = readJson<Record<string, number>>(this.#path) ?? {};
  }

  /** The remembered port, whoever listens there now. */
  remembered(service: string): number | undefined {
    return this.#ports[service];
  }

  /** A port on which the service can be started: the remembered one unless a stranger has taken it. */
  async free(service: string, say: (line: string) => void): Promise<number> {
    const remembered = this.#ports[service];
    if (remembered !== undefined && (await listens(remembered)) !== undefined) return remembered;
    const taken = new Set(Object.values(this.#ports));
    let port: number;
    do port = (await listens(0)) ?? 0;
    while (port === 0 || taken.has(port));
    if (remembered !== undefined) {
      say(
        `Port ${String(remembered)} of ${service} was taken by another program: it is now ${String(port)}.`,
      );
    }
    this.#ports[service] = port;
    writeJson(this.#path, this.#ports);
    return port;
  }
}

/** Tries to listen on the port (0: any) and lets it go again; the port, or undefined when it is taken. */
function listens(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address ? address.port : undefined);
      });
    });
  });
}
