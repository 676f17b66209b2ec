import { join } from "node:path";
import process from "node:process";
import { type Progress, progressToStderr } from "../../toolchain/progress.ts";
import { runCommand } from "../../lib/cli/command.ts";
import { closingText, findingText, jsonReport } from "./report.ts";
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
  /** Variables of the stack's outputs it cannot do without. */
  readonly needs: readonly string[];
  readonly usage: string;
  /** Reads the command line; undefined where it asks for help. @throws Error in one line for a wrong call */
  readonly read: () => SuiteCall | undefined;
}

/** Runs a suite as a command: its findings as they come, then the report; the exit code tells. */
export function suiteCommand(suite: Suite): void {
  runCommand({ usage: suite.usage, read: suite.read, run: (call) => run(suite, call), outlivesReader: true });
}

async function run({ name, file, needs }: Suite, { stack, json, variables }: SuiteCall): Promise<number> {
  const show = (text: string) => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  const progress: Progress = progressToStderr();
  const outcome = await runSuite({
    file: join(import.meta.dirname, "../..", file),
    stack,
    needs,
    variables,
    progress,
    onFinding: (finding) => show(findingText(finding)),
  });
  show(closingText(name, outcome));
  if (json) process.stdout.write(jsonReport(name, stack, outcome));
  return exitCode(outcome);
}
