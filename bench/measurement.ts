/** One figure of the table that `npm run bench` prints. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "MB" | "bytes" | "round trips" | "requests" | "resources" | "times";
  /** Upper limit of the value; undefined for a figure that is only for comparison. */
  readonly limit?: number;
  /** Its place in a chart; the value is its height. */
  readonly point?: Point;
}

/** A place in a chart of times against a count. */
export interface Point {
  readonly chart: "entries" | "migrations";
  /** The line that it belongs to. */
  readonly series: string;
  readonly count: number;
}

/** The time of an action, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
