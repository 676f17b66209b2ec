import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { SandboxDirectory } from "../place/directory.ts";
import { readJson, writeJson } from "../../lib/process/files.ts";
import {
  identityOf,
  isRunning,
  markedProcesses,
  type ProcessIdentity,
  processMark,
} from "../../lib/process/processTable.ts";

/** The command and environment that start one service in the background. */
export interface Launch {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Numeric user and group to run as, when not the caller's. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** The record of a started service. */
interface ProcessRecord extends ProcessIdentity {
  /** Fingerprint of the launch; a service whose launch has changed is restarted. */
  readonly fingerprint: string;
}

/** Starts, finds again and stops the background processes of one sandbox, and never touches any other. */
export class Supervisor {
  readonly #directory: SandboxDirectory;

  constructor(directory: SandboxDirectory) {
    this.#directory = directory;
  }

  /** The running process of that service, if any. */
  find(service: string): ProcessIdentity | undefined {
    return this.#recorded(service) ?? markedProcesses(this.#mark(service))[0];
  }

  /** Whether the service was started and not stopped since; quick, and blind for one that nobody wrote down. */
  wasStarted(service: string): boolean {
    return existsSync(this.#directory.record(service));
  }

  /** Whether the service runs exactly as this launch says. */
  runs(service: string, launch: Launch): boolean {
    return this.#recorded(service)?.fingerprint === fingerprint(launch);
  }

  /** Starts the service in a session of its own, so that it outlives this command; its output goes to its log. */
  async start(service: string, launch: Launch): Promise<ProcessIdentity> {
    // A run killed between spawn and record leaves a process nobody wrote down: it would hold the data's lock.
    for (const stray of markedProcesses(this.#mark(service))) await end(stray, "SIGTERM", 5_000);
    const [command, ...args] = launch.argv;
    if (command === undefined) throw new Error(`${service} has no command to start.`);
    const log = openSync(this.#directory.log(service), "a", 0o600);
    try {
      const child = spawn(command, args, {
        cwd: launch.cwd ?? this.#directory.root,
        detached: true,
        stdio: ["ignore", log, log],
        env: { ...inherited(), ...launch.environment, [processMark]: this.#mark(service) },
        ...launch.user,
      });
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", (cause) => {
          reject(new Error(`${service} could not be started (${command}): ${cause.message}`, { cause }));
        });
      });
      child.unref();
      const identity = identityOf(child.pid ?? -1);
      if (identity === undefined)
        throw new Error(`${service} ended at once; its last words are in ${this.#directory.log(service)}`);
      writeJson(this.#directory.record(service), {
        ...identity,
        fingerprint: fingerprint(launch),
      } satisfies ProcessRecord);
      return identity;
    } finally {
      closeSync(log);
    }
  }

  /** Stops the service if it runs: by the signal, after the grace (ms) by SIGKILL. Tells whether it ran. */
  async stop(service: string, signal: NodeJS.Signals, grace: number): Promise<boolean> {
    const recorded = this.#recorded(service);
    const all = [...(recorded ? [recorded] : []), ...markedProcesses(this.#mark(service))];
    await Promise.all(all.map((identity) => end(identity, signal, grace)));
    rmSync(this.#directory.record(service), { force: true });
    return all.length > 0;
  }

  /** The environment entry that marks a process as this sandbox's. */
  markFor(role: string): Record<string, string> {
    return { [processMark]: this.#mark(role) };
  }

  /** Ends what a killed operation left behind: engine, plugins, program. */
  async endStrays(role: string, grace: number): Promise<number> {
    const strays = markedProcesses(this.#mark(role));
    await Promise.all(strays.map((identity) => end(identity, "SIGINT", grace)));
    return strays.length;
  }

  #recorded(service: string): ProcessRecord | undefined {
    const record = readJson<ProcessRecord>(this.#directory.record(service));
    return record && isRunning(record) ? record : undefined;
  }

  #mark(role: string): string {
    return `${this.#directory.root}:${role}`;
  }
}

/** Ends one process and waits until it is gone. */
async function end(identity: ProcessIdentity, first: NodeJS.Signals, grace: number): Promise<void> {
  const send = (name: NodeJS.Signals) => {
    try {
      if (isRunning(identity)) process.kill(identity.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  send(first);
  const patience = Date.now() + grace;
  while (isRunning(identity)) {
    if (Date.now() > patience) send("SIGKILL");
    await sleep(25);
  }
}

/** Only what a service needs of the caller's environment: no token of the person's gets into a background process. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TMP", "TEMP", "SystemRoot"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function fingerprint(launch: Launch): string {
  return createHash("sha256").update(JSON.stringify(launch)).digest("hex");
}
