import { join } from "node:path";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { table } from "../lib/cli/table.ts";
import { lastWords, runGit } from "../lib/process/git.ts";
import { run } from "../lib/process/run.ts";
import { inTemporaryFolder } from "../lib/process/temporaryFolder.ts";
import { median } from "./measurement.ts";
import { shown, type Reported } from "./report.ts";

const root = join(import.meta.dirname, "..");

/** One figure of two commits. */
export interface Compared extends Pick<Reported, "part" | "what" | "unit"> {
  /** The median of the other commit's rounds; undefined where it has no such figure. */
  readonly before: number | undefined;
  /** The median of this checkout's rounds. */
  readonly now: number;
}

/**
 * Runs the bench of another commit and of this checkout in turns, so that what else the machine does meets both alike.
 * Each runs its own bench.
 *
 * @param ref - whatever git knows: a commit, a branch, a tag
 * @param names - parts; all for none
 * @param rounds - of each of the two
 * @throws Error where git does not know the commit, or a bench does not end
 */
export function compareWith(ref: string, names: readonly string[], rounds: number): Promise<Compared[]> {
  return untilInterrupted((signal) =>
    inTemporaryFolder("mesh-six-bench-", async (folder) => {
      const checkout = join(folder, "checkout");
      await git(["worktree", "add", "--quiet", "--detach", checkout, `${ref}^{commit}`], signal);
      try {
        const before: Reported[][] = [];
        const now: Reported[][] = [];
        for (let round = 1; round <= rounds; round += 1) {
          process.stderr.write(`round ${round} of ${rounds}: ${ref}…\n`);
          before.push(await benchOf(checkout, names, signal));
          process.stderr.write(`round ${round} of ${rounds}: this checkout…\n`);
          now.push(await benchOf(root, names, signal));
        }
        return compared(before, now);
      } finally {
        await runGit(["worktree", "remove", "--force", checkout], { cwd: root });
      }
    }),
  );
}

/** A line for each figure: before, now, and how many times before that is. */
export function comparisonLines(ref: string, all: readonly Compared[]): string[] {
  return table([
    ["Part", "Figure", ref, "Now", "Times"],
    ...all.map(({ part, what, unit, before, now }) => [
      part,
      what,
      before === undefined ? "-" : shown(before, unit),
      shown(now, unit),
      before === undefined || before === 0 ? "-" : (now / before).toFixed(2),
    ]),
  ]);
}

/** The medians of the rounds, figure by figure, in the order of the checkout's own. */
function compared(
  before: readonly (readonly Reported[])[],
  now: readonly (readonly Reported[])[],
): Compared[] {
  return (now[0] ?? []).map(({ part, what, unit }) => {
    const [former, present] = [before, now].map((rounds) =>
      rounds.flatMap((figures) =>
        figures
          .filter((one) => one.part === part && one.what === what && one.unit === unit)
          .map(({ value }) => value),
      ),
    );
    return {
      ...{ part, what, unit },
      before: former === undefined || former.length === 0 ? undefined : median(former),
      now: median(present ?? []),
    };
  });
}

async function benchOf(checkout: string, names: readonly string[], signal: AbortSignal): Promise<Reported[]> {
  const outcome = await run("npm", ["run", "--silent", "bench", "--", ...names, "--json"], {
    cwd: checkout,
    signal,
  });
  signal.throwIfAborted();
  // 1: a figure is more than it may be, which is no matter here.
  if (outcome.code !== 0 && outcome.code !== 1)
    throw new Error(`npm run bench failed: ${lastWords(outcome)}`);
  try {
    return (JSON.parse(outcome.stdout) as { readonly measurements: Reported[] }).measurements;
  } catch (cause) {
    throw new Error(`npm run bench gave no figures: ${lastWords(outcome)}`, { cause });
  }
}

async function git(args: readonly string[], signal: AbortSignal): Promise<void> {
  const outcome = await runGit(args, { cwd: root, signal });
  signal.throwIfAborted();
  if (outcome.code !== 0) throw new Error(`git ${args[0] ?? ""}: ${lastWords(outcome)}`);
}
