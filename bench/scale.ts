import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestSandbox } from "../tests/support/engine/sandbox.ts";
import { changeSettings } from "../tests/support/github/sandboxGithub.ts";
import { median, type Measurement, timed } from "./measurement.ts";
import { prepareOther, type Up, upOfProgram, watchMemory } from "./programs.ts";

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
      for (const contender of contenders) costs[contender.name] = await measure(contender, entries);
      reportCosts(report, entries, costs);
    }
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const steps = ["cold", "no changes", "one more", "one changed", "all removed"] as const;

/** In milliseconds, and bytes at the peak. */
type Costs = Readonly<Record<(typeof steps)[number], { readonly time: number; readonly memory: number }>>;

async function measure({ name, up, declare }: Contender, entries: number): Promise<Costs> {
  const once = async (count: number, changed: boolean) => {
    const mark = `bench-${name}-${entries}`;
    const environment = { ...declare(count, changed), MESH_SIX_BENCH_RUN: mark };
    const peak = watchMemory((variable) => variable === `MESH_SIX_BENCH_RUN=${mark}`);
    const time = await timed(() => up(environment));
    return { time, memory: peak() };
  };
  const cold = await once(entries, false);
  const idle = [];
  for (let run = 0; run < repetitions; run += 1) idle.push(await once(entries, false));
  const more = await once(entries + 1, false);
  const changed = await once(entries + 1, true);
  return {
    cold,
    "no changes": {
      time: median(idle.map(({ time }) => time)),
      memory: Math.max(...idle.map(({ memory }) => memory)),
    },
    "one more": more,
    "one changed": changed,
    "all removed": await once(0, false),
  };
}

function reportCosts(
  report: (measurement: Measurement) => void,
  entries: number,
  costs: Readonly<Record<string, Costs>>,
): void {
  const what = `${entries} ${entries === 1 ? "entry" : "entries"}`;
  for (const step of steps) {
    for (const [name, { [step]: cost }] of Object.entries(costs)) {
      const point = { chart: "entries", series: `${step}, ${name}`, count: entries } as const;
      // A chart of all would hide what it shows.
      const shown = step === "cold" || step === "no changes" ? { point } : {};
      report({ what: `${what}, ${step}, ${name}`, value: cost.time, unit: "ms", ...shown });
      report({ what: `${what}, ${step}, ${name}, memory`, value: cost.memory / 1024 / 1024, unit: "MB" });
    }
    const [ours = NaN, bare = NaN] = ["ours", "bare"].map((name) => costs[name]?.[step].time);
    report({ what: `${what}, ${step}, ours against bare`, value: ours / bare, unit: "times" });
  }
}

function repositories(count: number, changed: boolean) {
  return Array.from({ length: count }, (_, at) => ({
    name: `app-${at}`,
    template: "gwa-test-app",
    ...(changed && at === 0 ? { description: "Changed" } : {}),
  }));
}
