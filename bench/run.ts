import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand } from "../lib/cli/command.ts";
import { untilInterrupted } from "../lib/cli/endInOrder.ts";
import { benchmarkBackends } from "./backends.ts";
import { compareWith, comparisonLines } from "./compare.ts";
import { benchmarkManyMigrations, benchmarkMigrations } from "./database.ts";
import { historyFile, saveRun } from "./savedRuns.ts";
import type { Measurement } from "./measurement.ts";
import { benchmarkOnboarding } from "./onboarding.ts";
import { drawCharts } from "./plot.ts";
import { isTooMuch, reportLines, shown, type Reported } from "./report.ts";
import { benchmarkSandbox } from "./sandbox.ts";
import { benchmarkScale } from "./scale.ts";

type Part = (report: (measurement: Measurement) => void, entries: number) => Promise<void>;

const parts: Readonly<Record<string, Part>> = {
  sandbox: benchmarkSandbox,
  database: benchmarkMigrations,
  onboarding: benchmarkOnboarding,
};

/** Parts that take long, and run only where they are named. */
const longParts: Readonly<Record<string, Part>> = {
  backends: benchmarkBackends,
  scale: async (report, entries) => {
    await benchmarkManyMigrations(report, entries);
    await benchmarkScale(report, entries);
  },
};

/** Below the project's folder, in which npm runs every script. */
const charts = "docs/images";

const allParts = { ...parts, ...longParts };

const usage = `usage: npm run bench [-- PART…] [--save] [--compare REF [--rounds N]] [--json]

Measures ${Object.keys(parts).join(", ")}, or the parts that are named, and prints one table or one JSON document; exit
code 1 when something took more than it may. The parts ${Object.keys(longParts).join(" and ")} take long, and run only where they are named.

  --entries N    the most repositories and migrations of the part scale, by tens: 1, 10, 100 or 1000 (default)
  --save         adds the figures to ${historyFile}, with the commit and the machine; the part scale also draws its
                 charts into ${charts}
  --compare REF  runs the bench of another commit and of this checkout in turns, and prints the medians side by side
  --rounds N     runs of each of the two (default 3)
`;

interface Call {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly save: boolean;
  readonly compare: string | undefined;
  readonly rounds: number;
  readonly entries: number;
}

function read(): Call | undefined {
  const line = readCommandLine(
    {
      json: { type: "boolean" },
      save: { type: "boolean" },
      compare: { type: "string" },
      rounds: { type: "string", default: "3" },
      entries: { type: "string", default: "1000" },
    },
    { operands: true },
  );
  if (line === undefined) return undefined;
  const { values, operands: names } = line;
  const unknown = names.filter((name) => !Object.hasOwn(allParts, name));
  if (unknown.length > 0) {
    throw new Error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(allParts).join(", ")}`);
  }
  const { json = false, save = false, compare } = values;
  if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error(`--rounds: expected a number, got ${values.rounds}`);
  if (!/^10{0,3}$/.test(values.entries)) {
    throw new Error(`--entries: expected 1, 10, 100 or 1000, got ${values.entries}`);
  }
  if (save && compare !== undefined) throw new Error("--save and --compare: expected one of them");
  return { names, json, save, compare, rounds: Number(values.rounds), entries: Number(values.entries) };
}

async function run(call: Call): Promise<number> {
  const { names, json, save, compare: ref, rounds, entries } = call;
  const print = (figures: object, lines: () => readonly string[]) =>
    process.stdout.write(`${json ? JSON.stringify(figures, null, 2) : lines().join("\n")}\n`);
  if (ref !== undefined) {
    const figures = await compareWith(ref, names, rounds);
    print({ figures }, () => comparisonLines(ref, figures));
    return 0;
  }
  const measurements: Reported[] = [];
  const chosen = names.length === 0 ? Object.keys(parts) : names;
  // An interruption ends each part in order: its sandbox is stopped, and its folders go.
  await untilInterrupted(async (signal) => {
    for (const [part, benchmark] of Object.entries(allParts)) {
      if (!chosen.includes(part)) continue;
      process.stderr.write(`${part}…\n`);
      const report = (measurement: Measurement): void => {
        signal.throwIfAborted();
        const { what, value, unit } = measurement;
        process.stderr.write(`  ${what}: ${shown(value, unit)}\n`);
        measurements.push({ part, ...measurement });
      };
      await benchmark(report, entries);
    }
  });
  print({ measurements }, () => reportLines(measurements));
  if (save) {
    await saveRun(measurements);
    for (const file of chosen.includes("scale") ? await drawCharts(charts, measurements) : [])
      process.stderr.write(`drawn: ${file}\n`);
  }
  return measurements.some(isTooMuch) ? 1 : 0;
}

runCommand({ usage, read, run });
