import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestSandbox } from "../tests/support/engine/sandbox.ts";
import { changeSettings, githubOf } from "../tests/support/github/sandboxGithub.ts";
import { median, type Measurement, timed } from "./measurement.ts";
import { prepareOther, type Up, upOfProgram, watchMemory } from "./programs/up.ts";

const repetitions = 3;

/** A program that can be brought to a number of entries. */
interface Contender {
  readonly name: string;
  readonly up: Up;
  /** Environment of an `up` to so many entries, the first of them changed or as before. */
  readonly declare: (entries: number, changed: boolean) => Readonly<Record<string, string>>;
}

/**
 * Measures time and memory of an `up` with 1, 10, 100 … repositories, from none and back to none, beside a program of
 * as many resources that do nothing. Every `up` is a process of its own against the GitHub emulator.
 *
 * @param most - entries of the last round: a power of ten
 */
export async function benchmarkScale(
  report: (measurement: Measurement) => void,
  most: number,
): Promise<void> {
  const sandbox = await TestSandbox.create();
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  try {
    await sandbox.operate("preview");
    const status = await sandbox.status();
    // GitHub's 5,000 requests an hour would be most of what is measured: a repository takes seven.
    await (await githubOf(sandbox)).limit(1_000_000);
    const bare = await prepareOther(folder, sandbox, "bareProgram.ts");
    const contenders: readonly Contender[] = [
      {
        name: "ours",
        up: (environment) => upOfProgram(status, environment),
        declare: (entries, changed) => {
          changeSettings(sandbox, { githubRetain: false, repositories: repositories(entries, changed) });
          return {};
        },
      },
      {
        name: "bare",
        up: bare,
        declare: (entries, changed) => ({
          MESH_SIX_BENCH_ENTRIES: String(entries),
          MESH_SIX_BENCH_LENGTH: changed ? "9" : "8",
        }),
      },
    ];
    for (const { up, declare } of contenders) await up(declare(0, false));
    for (let entries = 1; entries <= most; entries *= 10) {
      const costs: Record<string, Costs> = {};
      // Both at a size follow each other, so that what else the machine does falls on both alike.
      for (const contender of contenders) costs[contender.name] = await measure(contender, entries, report);
      reportRatios(report, entries, costs);
    }
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const steps = [
  "cold",
  "cold, state written once",
  "no changes",
  "one more",
  "one changed",
  "all removed, state written once",
] as const;

type Step = (typeof steps)[number];

/** In milliseconds, and bytes at the peak. */
interface Cost {
  readonly time: number;
  readonly memory: number;
}

type Costs = Readonly<Partial<Record<Step, Cost>>>;

/** Entries above which no run writes the state at each step: with a thousand, a first `up` alone takes an hour. */
const mostWithCheckpoints = 100;

/** Has the engine write the state at the end of a run alone (docs/decisions/123-a-checkpoint-after-each-step.md). */
const writtenOnce = { PULUMI_SKIP_CHECKPOINTS: "true" };

async function measure(
  { name, up, declare }: Contender,
  entries: number,
  report: (measurement: Measurement) => void,
): Promise<Costs> {
  const once = async (count: number, changed: boolean, more: Readonly<Record<string, string>> = {}) => {
    const mark = `bench-${name}-${entries}`;
    const environment = { ...declare(count, changed), ...more, MESH_SIX_BENCH_RUN: mark };
    const peak = watchMemory((variable) => variable === `MESH_SIX_BENCH_RUN=${mark}`);
    const time = await timed(() => up(environment));
    return { time, memory: peak() };
  };
  const costs: Partial<Record<Step, Cost>> = {};
  const record = (step: Step, cost: Cost): void => {
    costs[step] = cost;
    const what = `${named(entries)}, ${step}, ${name}`;
    const point = { chart: "entries", series: `${step}, ${name}`, count: entries } as const;
    // A chart of all would hide what it shows.
    const shown = /^cold|^no changes/.test(step) ? { point } : {};
    report({ what, value: cost.time, unit: "ms", ...shown });
    report({ what: `${what}, memory`, value: cost.memory / 1024 / 1024, unit: "MB" });
  };
  if (entries <= mostWithCheckpoints) {
    record("cold", await once(entries, false));
    await once(0, false, writtenOnce);
  }
  record("cold, state written once", await once(entries, false, writtenOnce));
  const idle: Cost[] = [];
  for (let run = 0; run < repetitions; run += 1) idle.push(await once(entries, false));
  record("no changes", {
    time: median(idle.map(({ time }) => time)),
    memory: Math.max(...idle.map(({ memory }) => memory)),
  });
  record("one more", await once(entries + 1, false));
  record("one changed", await once(entries + 1, true));
  record("all removed, state written once", await once(0, false, writtenOnce));
  return costs;
}

function reportRatios(
  report: (measurement: Measurement) => void,
  entries: number,
  costs: Readonly<Record<string, Costs>>,
): void {
  for (const step of steps) {
    const [ours, bare] = ["ours", "bare"].map((name) => costs[name]?.[step]?.time);
    if (ours === undefined || bare === undefined) continue;
    report({ what: `${named(entries)}, ${step}, ours against bare`, value: ours / bare, unit: "times" });
  }
}

const named = (entries: number): string => `${entries} ${entries === 1 ? "entry" : "entries"}`;

function repositories(count: number, changed: boolean) {
  return Array.from({ length: count }, (_, at) => ({
    name: `app-${at}`,
    template: "gwa-test-app",
    ...(changed && at === 0 ? { description: "Changed" } : {}),
  }));
}
