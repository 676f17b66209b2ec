import process from "node:process";

/** Choices that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
  shuffled<T>(list: readonly T[]): T[];
}

/** Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    chance: (share) => next() < share,
    shuffled: (list) =>
      list
        .map((one) => [next(), one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one),
  };
}

/**
 * The seeds that a test runs: 1 to `count`, or those that $MESH_SIX_SEEDS names, as in `500`, `251-500` or `7-7`. Prints
 * which, so that a run tells how to do more, or one of them again.
 */
export function seedsOf(what: string, count: number): readonly number[] {
  const asked = process.env["MESH_SIX_SEEDS"] || String(count);
  const [, first, last] = /^(?:(\d+)-)?(\d+)$/.exec(asked) ?? [];
  const [from, to] = [Number(first ?? 1), Number(last)];
  if (!(from > 0 && to >= from)) {
    throw new Error(`MESH_SIX_SEEDS: expected a number or a range, as in 500 or 251-500, got ${asked}`);
  }
  console.log(`${what}: seeds ${from} to ${to}; MESH_SIX_SEEDS=500 runs more, MESH_SIX_SEEDS=7-7 one again`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Runs each seed, and says of the first that fails how to run it again. */
export async function eachSeed(
  what: string,
  count: number,
  run: (seed: number, say: (step: string) => void) => Promise<void>,
): Promise<void> {
  for (const seed of seedsOf(what, count)) {
    const steps: string[] = [];
    if (seed % 50 === 0) console.log(`${what}: at seed ${seed}`);
    try {
      await run(seed, (step) => steps.push(step));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(
        `seed ${seed} (run it again with MESH_SIX_SEEDS=${seed}-${seed}): ${said}\n  ${steps.join("\n  ")}`,
        { cause: error },
      );
    }
  }
}
