import { join } from "node:path";
import process from "node:process";
import { type Progress, progressToStderr } from "../../toolchain/progress.ts";
import { closingLines, findingLines, jsonReport } from "./report.ts";
import { exitCode, runSuite } from "./run.ts";

/** A suite's run as it was called for. */
export interface SuiteCall {
  readonly stack: string;
  readonly json: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface Suite {
  readonly name: string;
  /** The test file, from the project's folder. */
  readonly file: string;
  readonly usage: string;
  /** Reads the command line; undefined where it asks for help. @throws Error in one line for a wrong call */
  readonly read: () => SuiteCall | undefined;
}

/** Runs a suite as a command: its findings as they come, then the report; the exit code tells. */
export async function suiteCommand(suite: Suite): Promise<void> {
  process.exitCode = await command(suite).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  });
}

async function command({ name, file, usage, read }: Suite): Promise<number> {
  let call: SuiteCall | undefined;
  try {
    call = read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}; see --help\n`);
    return 2;
  }
  if (call === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  const { stack, json, variables } = call;
  const show = (lines: readonly string[]) => {
    if (!json) process.stdout.write(`${lines.join("\n")}\n`);
  };
  const progress: Progress = progressToStderr();
  const run = await runSuite({
    file: join(import.meta.dirname, "../..", file),
    stack,
    variables,
    progress,
    onFinding: (finding) => show(findingLines(finding)),
  });
  show(closingLines(name, run));
  if (json) process.stdout.write(jsonReport(name, stack, run));
  return exitCode(run);
}
