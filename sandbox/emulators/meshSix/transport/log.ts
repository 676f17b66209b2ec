import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";

/** The containers' logs, one file per service, in the form of the container runtime interface, which kwok reads. */
export class Logs {
  readonly #directory: string;
  readonly #files = new Map<string, WriteStream>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  path(service: string): string {
    return join(this.#directory, `${service}.log`);
  }

  /** Begins the service's log again, as a started container does. */
  open(service: string): void {
    this.#files.set(service, createWriteStream(this.path(service), { flags: "w", mode: 0o600 }));
  }

  write(service: string, line: string): void {
    const at = new Date().toISOString().replace("Z", "000000Z");
    this.#files.get(service)?.write(`${at} stdout F [${service}] ${line}\n`);
  }

  /** Writes out all that was said. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#files.values()].map((file) => new Promise<void>((resolve) => file.end(() => resolve()))),
    );
  }
}
