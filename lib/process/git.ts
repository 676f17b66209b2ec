import { type Outcome, run, type RunOptions } from "./run.ts";

/** The environment of a git for which a person's settings do not count. */
export const withoutSettings = {
  PATH: process.env["PATH"],
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

/** Runs git with a person's settings. It never asks for a password: nobody is there to type one. */
export function runGit(args: readonly string[], options: Omit<RunOptions, "env"> = {}): Promise<Outcome> {
  return run("git", args, { ...options, env: { ...process.env, GIT_TERMINAL_PROMPT: "0" } });
}

/** The last line that git wrote on stderr, which says what went wrong; empty for none. */
export function lastWords({ stderr }: Outcome): string {
  return stderr.trim().split("\n").at(-1) ?? "";
}
