import { constants } from "node:os";
import process from "node:process";
import { endingSignals } from "../process/run.ts";

/** A command of `npm run`, as a person calls it. */
export interface Command<Call> {
  readonly usage: string;
  /** Reads the command line; undefined where it asks for help. @throws Error in one line for a wrong call */
  readonly read: () => Call | undefined;
  /** Does it; the exit code tells how it went. @throws Error in one line, AbortError when interrupted */
  readonly run: (call: Call) => Promise<number>;
  /** The exit code of an error that `run` throws. @default 1 */
  readonly trouble?: number;
}

/** Runs a command: `--help` prints the usage; exit code 2 is a wrong call, 130 an interruption. */
export function runCommand<Call>(command: Command<Call>): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads has seen enough, as head: the end that a program has which does not listen for that.
    if (error.code === "EPIPE") process.exit(128 + constants.signals.SIGPIPE);
    throw error;
  });
  for (const signal of endingSignals) process.on(signal, endUnlessTakenOver);
  void exitCode(command).then((code) => {
    // What nobody needs any more, as a client's open connections, must not hold the command; its output must.
    process.stdout.write("", () => process.exit(code));
  });
}

/** While the work listens for the signal itself, it ends in an order of its own. */
function endUnlessTakenOver(signal: NodeJS.Signals): void {
  // Those who only pass the signal on, or clean up at it, listen once and are gone by then.
  setImmediate(() => {
    if (process.listenerCount(signal) > 1) return;
    process.stderr.write("interrupted\n");
    process.exit(130);
  });
}

async function exitCode<Call>({ usage, read, run, trouble = 1 }: Command<Call>): Promise<number> {
  let call: Call | undefined;
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
  try {
    return await run(call);
  } catch (error) {
    const interrupted = error instanceof Error && error.name === "AbortError";
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${interrupted ? "interrupted" : message}\n`);
    return interrupted ? 130 : trouble;
  }
}

/** The stack a command is meant for: what is typed, else what Pulumi's own variable says. @throws Error for none */
export function stackOf(typed: string | undefined): string {
  const stack = typed ?? (process.env["PULUMI_STACK"] || undefined);
  if (stack === undefined) throw new Error("--stack: expected the name of a stack, got none");
  return stack;
}
