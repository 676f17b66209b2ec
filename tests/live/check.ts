import { inOneLine } from "../../lib/text/inOneLine.ts";
import { report } from "./announce.ts";
import { answered } from "./answered.ts";
import { redact } from "./redact.ts";

/** A check that came out otherwise than expected; the message is what was seen. */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
  /** Services whose pods and last lines tell more. */
  readonly services: readonly string[];

  constructor(
    seen: string,
    options: { readonly services?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(seen, { cause: options.cause });
    this.services = options.services ?? [];
  }
}

/** A check that could not be made; the message is the reason. */
export class CheckSkipped extends Error {
  override readonly name = "CheckSkipped";
}

export interface Check {
  readonly milestone: string;
  /** The condition that must hold, as a person says it. */
  readonly expected: string;
  /** The services whose pods are looked at when it is not. */
  readonly services: readonly string[];
  /** The services it asks, where these are not the same. */
  readonly asks?: readonly string[];
  /** @returns what was seen, on one line */
  readonly look: () => Promise<string>;
}

/** The parts of node:test's context that a check uses. */
interface Context {
  readonly skip: (message: string) => void;
}

/**
 * Makes one check and reports it, with where to look if it failed.
 *
 * @param whereabouts - lines about services: their pods with the last lines of their logs
 * @param signal - of an interruption: a check that is cut short by it says nothing about the system
 * @throws Error that says all of it in its message, for the test runner
 */
export async function make(
  context: Context,
  check: Check,
  whereabouts: (services: readonly string[]) => Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<void> {
  const { milestone, expected } = check;
  const begin = performance.now();
  const took = () => Math.round((performance.now() - begin) / 100) / 10;
  try {
    signal.throwIfAborted();
    const seen = await check.look();
    report({ milestone, expected, seen, status: "pass", where: [], seconds: took() });
  } catch (problem) {
    const error = signal.aborted ? new CheckSkipped("interrupted") : problem;
    const seen = error instanceof Error ? oneLine(error) : String(error);
    const seconds = took();
    if (error instanceof CheckSkipped) {
      report({ milestone, expected, seen, status: "skip", where: [], seconds });
      context.skip(seen);
      return;
    }
    const services =
      error instanceof CheckFailure && error.services.length > 0 ? error.services : check.services;
    const looked = answered("the cluster", whereabouts(services), { within: 30_000, signal });
    const where = await looked.catch((trouble: unknown) => [
      `nothing more can be read from the cluster: ${trouble instanceof Error ? oneLine(trouble) : String(trouble)}`,
    ]);
    report({ milestone, expected, seen, status: "fail", where, seconds });
    const lines = [
      `${milestone}: expected ${expected}`,
      `seen: ${seen}`,
      ...where.map((line) => `  ${line}`),
    ];
    throw new Error(redact(lines.join("\n")), { cause: problem });
  }
}

/** The message and those of its causes: "fetch failed" alone says nothing. */
function oneLine(error: Error): string {
  const messages: string[] = [];
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { message } = each;
    if (message !== "" && !messages.some((said) => said.includes(message))) messages.push(message);
    if (each instanceof CheckFailure) break;
  }
  return inOneLine(messages.join(": "));
}
