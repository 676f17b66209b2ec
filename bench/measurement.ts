/** One figure of the table that `npm run bench` prints. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "MB" | "bytes" | "round trips" | "requests" | "resources" | "times";
  /** What the value must not exceed; undefined for a figure that is only for comparison. */
  readonly limit?: number;
}

/** How long it takes, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
