import { GraphqlResponseError } from "@octokit/graphql";
import { answerOf, blocked } from "./errors.ts";

/** What an error means for the request that met it. */
export interface Verdict {
  /**
   * `refused`: GitHub said no, and will again. `later`: GitHub has done nothing and says when to come back.
   * `unknown`: the answer is lost or incomplete, so a write may have been done.
   */
  readonly kind: "refused" | "later" | "unknown";
  /** How long to wait before the next attempt, in seconds. */
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
  const retryAfter = Number(headers["retry-after"]);
  const reset = Number(headers["x-ratelimit-reset"]);
  const exhausted = String(headers["x-ratelimit-remaining"]) === "0";
  const limitNamed = /rate limit|abuse detection|submitted too quickly/i.test(message);
  // Several mutations in one document: some may be done although others were refused.
  const half = write && partlyDone(error);
  // GraphQL tells of exhaustion with status 200.
  const limited =
    status === 429 ||
    ((status === 403 || status === 200) && (limitNamed || typed(error, "RATE_LIMITED"))) ||
    (status === 403 && (exhausted || Number.isFinite(retryAfter)));
  if (limited) {
    const asTold = exhausted && Number.isFinite(reset) ? Math.max(1, reset - Date.now() / 1000) : backoff;
    const waitSeconds = Number.isFinite(retryAfter) ? retryAfter : asTold;
    return { kind: half ? "unknown" : "later", waitSeconds, limited };
  }

  // A certificate or a proxy refuses the next attempt as well.
  if (status === 0 && blocked(error) !== undefined) return { kind: "refused", waitSeconds: 0, limited };
  if (status === 0 || status >= 500 || half || typed(error, undefined)) {
    // A server error is no limit: the first pauses are short, and retry-after still counts.
    const short = Math.min(backoff, 2 ** (attempt - 1));
    return {
      kind: "unknown",
      waitSeconds: Number.isFinite(retryAfter) ? retryAfter : short,
      limited,
    };
  }
  return { kind: "refused", waitSeconds: 0, limited };
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
