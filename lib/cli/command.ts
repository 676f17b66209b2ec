import { constants } from "node:os";
import process from "node:process";
import { endingSignals } from "../process/run.ts";
import { UsageError } from "./commandLine.ts";

/** A command of `npm run`, as a person calls it. */
export interface Command<Call> {
  readonly usage: string;
  /** Reads the command line; undefined where it asks for help. @throws Error in one line for a wrong call */
  readonly read: () => Call | undefined;
  /** Does it; the exit code tells how it went. @throws Error in one line, AbortError when interrupted */
  readonly run: (call: Call) => Promise<number>;
  /** The exit code of an error that `run` throws. @default 1 */
  readonly trouble?: number;
  /** An error in one line. @default its message */
  readonly words?: (error: unknown) => string;
  /** Called with the failure that ends the command, or "interrupted". */
  readonly failed?: (failure: string) => void;
  /**
   * Whether the work goes on when nobody reads stdout any more, as after `| head` or when the terminal was closed; for
   * commands that write. @default false
   */
  readonly outlivesReader?: boolean;
}

/** Runs a command: `--help` prints the usage; exit code 2 is a wrong call, 130 an interruption. */
export function runCommand<Call>(command: Command<Call>): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // EIO is what a terminal that was closed answers.
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
      // A program without a reader of stdout ends where it does not listen for that; stderr is by the way.
      if (stream === process.stdout && !command.outlivesReader) process.exit(128 + constants.signals.SIGPIPE);
    });
  }
  for (const signal of endingSignals) process.on(signal, (received) => endUnlessTakenOver(received, command));
  void exitCode(command).then((code) => {
    // Open connections of a client must not hold the command; output that is not written yet must.
    process.stdout.write("", () => process.exit(code));
  });
}

/** While the work listens for the signal itself, it ends in an order of its own. */
function endUnlessTakenOver<Call>(signal: NodeJS.Signals, command: Command<Call>): void {
  // Those who only pass the signal on, or clean up at it, listen once and are gone by then.
  setImmediate(() => {
    if (process.listenerCount(signal) > 1) return;
    fail(command, "interrupted");
    process.exit(130);
  });
}

async function exitCode<Call>(command: Command<Call>): Promise<number> {
  const { usage, read, run, trouble = 1, words = messageOf } = command;
  let call: Call | undefined;
  try {
    call = read();
  } catch (error) {
    return wrongCall(command, messageOf(error));
  }
  if (call === undefined) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await run(call);
  } catch (error) {
    if (error instanceof UsageError) return wrongCall(command, error.message);
    const interrupted = error instanceof Error && error.name === "AbortError";
    fail(command, interrupted ? "interrupted" : words(error));
    return interrupted ? 130 : trouble;
  }
}

function wrongCall<Call>(command: Command<Call>, message: string): number {
  fail(command, `${message}${/[.?!]$/.test(message) ? "" : "."} See --help.`);
  return 2;
}

function fail<Call>({ failed }: Command<Call>, failure: string): void {
  process.stderr.write(`${failure}\n`);
  failed?.(failure);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The stack a command is meant for: what is typed, else what Pulumi's own variable says. @throws Error for none */
export function stackOf(typed: string | undefined): string {
  const stack = typed ?? (process.env["PULUMI_STACK"] || undefined);
  if (stack === undefined) throw new Error("--stack: expected the name of a stack, got none");
  return stack;
}
