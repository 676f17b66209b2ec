import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The end of a program, and its output. */
export interface Outcome {
  /** The exit code; null when a signal or a time limit ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `run`. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment. @default that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the program when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the program is ended; stderr then says so. @default none */
  readonly limit?: number;
}

/** The signals by which a person or the system ends a process. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs a program to its end; never throws because of its exit code. A missing program has code 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const end = () => child.kill();
    // A compiler that outlives this process would go on using both cores for minutes.
    process.once("exit", end);
    const passOn = (signal: NodeJS.Signals) => {
      end();
      // Without anybody else who listens, the signal does what it does by default.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    for (const signal of endingSignals) process.once(signal, passOn);
    options.signal?.addEventListener("abort", end, { once: true });
    if (options.signal?.aborted) end();
    let isOver = false;
    const { limit } = options;
    const timer = limit === undefined ? undefined : setTimeout(() => (isOver = child.kill()), limit);
    // Nothing is left to end, even where what it has started still holds its output open.
    child.on("exit", () => clearTimeout(timer));
    const finish = (code: number | null) => {
      clearTimeout(timer);
      if (isOver && code !== 0 && limit !== undefined)
        stderr += `${stderr === "" || stderr.endsWith("\n") ? "" : "\n"}no end within ${String(limit / 1000)} s\n`;
      process.removeListener("exit", end);
      for (const signal of endingSignals) process.removeListener(signal, passOn);
      options.signal?.removeEventListener("abort", end);
      resolve({ code, stdout, stderr });
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      stderr += error.message;
      finish(error.code === "ENOENT" ? 127 : 126);
    });
    child.on("close", (code) => finish(code));
  });
}

/** Whether the file can be run by this user. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Every program of that name on PATH, in PATH's order. */
export async function onPath(name: string): Promise<string[]> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...new Set(folders.map((folder) => join(folder, name)))];
  const fit = await Promise.all(candidates.map(isExecutable));
  return candidates.filter((_, i) => fit[i]);
}
