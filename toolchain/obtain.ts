import { openContext, type Part } from "./parts/part.ts";
import type { Progress } from "./progress.ts";

/** Several parts on their way, so that the first one there can be used while others are still being built. */
export interface Obtaining<T> {
  /** Each part by its name. None of these promises needs to be awaited. */
  readonly each: { readonly [Name in keyof T]: Promise<T[Name]> };
  /** All of them; rejects with the first part's failure, after everything else has been ended. */
  readonly all: Promise<T>;
}

/**
 * Looks for the parts on the machine, and starts to make what is missing: downloads side by side, builds as far as
 * memory allows. Lines of progress get a number: `[2/3] building the control plane … 40 s (about 7 min on 2 cores)`.
 */
export async function obtainParts<T extends object>(
  parts: { readonly [Name in keyof T]: Part<T[Name]> },
  progress: Progress,
): Promise<Obtaining<T>> {
  const names = Object.keys(parts) as (keyof T)[];
  const lookups = await Promise.all(names.map((name) => parts[name].find()));
  const missing = names.filter((_, i) => lookups[i] === undefined);
  const abort = new AbortController();
  const context = openContext(progress, abort.signal, missing.length > 1);
  const get = async (name: keyof T, found: T[keyof T] | undefined): Promise<T[keyof T]> => {
    if (found !== undefined) return found;
    const number = `[${missing.indexOf(name) + 1}/${missing.length}]`;
    try {
      return await parts[name].obtain({ ...context, progress: (line) => progress(`${number} ${line}`) });
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  };
  const each = names.map((name, i) => get(name, lookups[i]));
  // `all` reports the failure.
  for (const one of each) one.catch(() => undefined);
  const all = Promise.allSettled(each).then(async () => {
    abort.signal.throwIfAborted();
    const values = await Promise.all(each);
    return Object.fromEntries(names.map((name, i) => [name, values[i]])) as T;
  });
  all.catch(() => undefined);
  return {
    each: Object.fromEntries(names.map((name, i) => [name, each[i]])) as unknown as Obtaining<T>["each"],
    all,
  };
}
