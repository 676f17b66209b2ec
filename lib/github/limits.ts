import { GraphqlResponseError } from "@octokit/graphql";
import { answerOf, blocked } from "./errors.ts";
import { isLimit } from "./refusals.ts";

/** The meaning of an error for the request that met it. */
export interface Verdict {
  /**
   * `refused`: GitHub said no, and will again. `later`: GitHub has done nothing and says when to come back.
   * `unknown`: the answer is lost or incomplete, so a write may have been done.
   */
  readonly kind: "refused" | "later" | "unknown";
  /** The wait before the next attempt, in seconds. */
  readonly waitSeconds: number;
  /** Whether a rate limit was the reason. */
  readonly limited: boolean;
}

/**
 * Judges an error by GitHub's documented rules: `retry-after` first, then `x-ratelimit-reset` when nothing
 * remains, else at least `backoffSeconds` after a secondary limit, doubled at every attempt.
 */
export function verdict(error: unknown, write: boolean, attempt: number, backoffSeconds: number): Verdict {
  const { status, message, headers } = answerOf(error);
  const backoff = backoffSeconds * 2 ** (attempt - 1);
  const retryAfter = secondsOf(headers);
  const reset = Number(headers["x-ratelimit-reset"]);
  const exhausted = String(headers["x-ratelimit-remaining"]) === "0";
  // Several mutations in one document: some may be done although others were refused.
  const half = write && partlyDone(error);
  // GraphQL tells of exhaustion with status 200.
  const limited = isLimit({ status, message, headers }) || (status === 200 && typed(error, "RATE_LIMITED"));
  if (limited) {
    const asTold = exhausted && Number.isFinite(reset) ? Math.max(1, reset - Date.now() / 1000) : backoff;
    return { kind: half ? "unknown" : "later", waitSeconds: retryAfter ?? asTold, limited };
  }

  // A certificate or a proxy refuses the next attempt as well.
  if (status === 0 && blocked(error) !== undefined) return { kind: "refused", waitSeconds: 0, limited };
  if (status === 0 || status >= 500 || half || typed(error, undefined)) {
    // A server error is no limit: the first pauses are short, and retry-after still counts.
    const short = Math.min(backoff, 2 ** (attempt - 1));
    return { kind: "unknown", waitSeconds: retryAfter ?? short, limited };
  }
  return { kind: "refused", waitSeconds: 0, limited };
}

/** The wait that retry-after asks for, as a number of seconds or as a date; undefined where it says neither. */
function secondsOf(headers: Readonly<Record<string, string | number | undefined>>): number | undefined {
  const told = String(headers["retry-after"] ?? "").trim();
  if (/^\d+$/.test(told)) return Number(told);
  // By the server's own clock, where it tells the time.
  const now = Date.parse(String(headers["date"] ?? "")) || Date.now();
  const seconds = (Date.parse(told) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Whether a GraphQL error is of that type; without a type it is GitHub's "something went wrong" (a time-out). */
function typed(error: unknown, type: string | undefined): boolean {
  if (!(error instanceof GraphqlResponseError)) return false;
  if (type === undefined) {
    return (error.errors ?? []).some(({ message }) => /something went wrong/i.test(message));
  }
  return (error.errors ?? []).some((one) => one.type === type);
}

/** Whether a GraphQL answer holds data of some mutations beside the errors of others. */
function partlyDone(error: unknown): boolean {
  if (!(error instanceof GraphqlResponseError)) return false;
  const data = error.data as Record<string, unknown> | null | undefined;
  return Object.values(data ?? {}).some((value) => value !== null);
}
