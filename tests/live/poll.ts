import { setTimeout as sleep } from "node:timers/promises";

/** The result of a look: done with a value, or not yet, with the present state instead. */
export type Look<T> = { readonly done: T } | { readonly seen: string };

export interface Patience {
  /** In milliseconds. */
  readonly every: number;
  /** In milliseconds. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks until it is done, once at least, and once more when the time is over.
 *
 * @returns the value, or what the last look saw
 */
export async function poll<T>(look: () => Promise<Look<T>>, patience: Patience): Promise<Look<T>> {
  const end = performance.now() + patience.limit;
  for (;;) {
    patience.signal?.throwIfAborted();
    const last = await look();
    const left = end - performance.now();
    if ("done" in last || left <= 0) return last;
    await sleep(Math.min(patience.every, left), undefined, { signal: patience.signal });
  }
}

/** A look that got no answer has seen that: a moment without one is no failure of the system that is looked at. */
export function unanswered(error: unknown): { readonly seen: string } {
  return { seen: error instanceof Error ? error.message : String(error) };
}
