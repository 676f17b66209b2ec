import { spawn } from "node:child_process";
import { endingSignals } from "../../lib/process/run.ts";
import { secretWords } from "../stack/secretTexts.ts";
import { readOutputs } from "../outputs/readOutputs.ts";
import { variablesOf } from "../outputs/variables.ts";
import type { Progress } from "../../toolchain/progress.ts";
import type { Finding, SuiteMessage, TraceEvent } from "./finding.ts";

/** The result of a run of a suite. */
export interface SuiteRun {
  readonly findings: readonly Finding[];
  readonly trace: readonly TraceEvent[];
  /** The suite's process's own output: its reason, where it ended without any finding. */
  readonly output: string;
  readonly code: number;
  readonly interrupted: boolean;
  readonly seconds: number;
}

export interface SuiteRequest {
  /** Path of the test file. */
  readonly file: string;
  readonly stack: string;
  /** Variables it cannot do without. */
  readonly needs: readonly string[];
  /** Variables besides those of the stack's outputs; an undefined one is left as it is. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly onFinding: (finding: Finding) => void;
  readonly progress: Progress;
}

/**
 * Runs a suite with everything it needs from the stack's outputs. Secrets are handed over in the environment of
 * its process, never by an argument or a file.
 */
export async function runSuite(request: SuiteRequest): Promise<SuiteRun> {
  const { stack, progress } = request;
  progress(`reading the outputs of stack ${stack} …`);
  const { present, missing } = variablesOf(await readOutputs({ stack, secrets: true }));
  const lacking = missing.filter(({ name }) => request.needs.includes(name));
  if (lacking.length > 0) {
    const list = lacking.map(({ name, output }) => `${name} (output ${output})`).join(", ");
    throw new Error(
      `stack ${stack}: expected its outputs to give ${list}, got nothing; run pulumi up with this version of the program, with a repository that has a deployUrl in mesh-six:repositories`,
    );
  }
  const begin = performance.now();
  const findings: Finding[] = [];
  let trace: readonly TraceEvent[] = [];
  const output: Buffer[] = [];

  // After the report, no dead connection must hold it.
  const options = ["--disable-warning=ExperimentalWarning", "--test-force-exit"];
  const child = spawn(process.execPath, [...options, request.file], {
    // In a process group of its own: Ctrl-C reaches it once, from here, and it has the time to clean up.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      ...process.env,
      ...Object.fromEntries(present.map(({ name, value }) => [name, value])),
      ...Object.fromEntries(Object.entries(request.variables).filter(([, value]) => value !== undefined)),
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => output.push(chunk));
  child.on("message", (message: SuiteMessage) => {
    if (message.kind === "progress") progress(message.line);
    if (message.kind === "trace") trace = message.events;
    if (message.kind !== "finding") return;
    findings.push(message.finding);
    request.onFinding(message.finding);
  });

  let first: number | undefined;
  const stop = () => {
    if (first === undefined) {
      first = Date.now();
      progress("interrupted: cleaning up …");
      child.kill("SIGINT");
      // The same key press can arrive by several ways: npm hands it on too.
    } else if (Date.now() - first > 1_000 && child.kill("SIGKILL")) {
      progress("interrupted again: ended without cleaning up, so what the suite opened may still be open");
    }
  };
  for (const signal of endingSignals) process.on(signal, stop);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const secrets = present.filter(({ secret }) => secret).flatMap(({ value }) => secretWords(value));
    const text = secrets.reduce(
      (all, word) => all.replaceAll(word, "[secret]"),
      Buffer.concat(output).toString(),
    );
    return { findings, trace, output: text, code, interrupted: first !== undefined, seconds };
  } finally {
    for (const signal of endingSignals) process.off(signal, stop);
  }
}

/** 0: every check passed; 1: one did not, or none was made; 130: interrupted. */
export function exitCode({ findings, code, interrupted }: SuiteRun): number {
  if (interrupted) return 130;
  const failed = findings.some(({ status }) => status === "fail");
  const proven = findings.some(({ status }) => status === "pass");
  return code === 0 && proven && !failed ? 0 : 1;
}
