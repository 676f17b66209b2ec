import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand } from "../lib/cli/command.ts";
import { compareWith, comparisonLines } from "./compare.ts";
import { benchmarkMigrations } from "./database.ts";
import { historyFile, saveRun } from "./history.ts";
import type { Measurement } from "./measurement.ts";
import { benchmarkOnboarding } from "./onboarding.ts";
import { isTooMuch, reportLines, type Reported } from "./report.ts";
import { benchmarkSandbox } from "./sandbox.ts";

const parts: Readonly<Record<string, (report: (measurement: Measurement) => void) => Promise<void>>> = {
  sandbox: benchmarkSandbox,
  database: benchmarkMigrations,
  onboarding: benchmarkOnboarding,
};

const usage = `usage: npm run bench [-- PART…] [--save] [--compare REF [--rounds N]] [--json]

Measures every part, or those that are named (${Object.keys(parts).join(", ")}), and prints one table or one JSON
document; exit code 1 when something took more than it may.

  --save         adds the figures to ${historyFile}, with the commit and the machine
  --compare REF  runs the bench of another commit and of this checkout in turns, and prints the medians side by side
  --rounds N     how often each of the two runs (default 3)
`;

interface Call {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly save: boolean;
  readonly compare: string | undefined;
  readonly rounds: number;
}

function read(): Call | undefined {
  const line = readCommandLine(
    {
      json: { type: "boolean" },
      save: { type: "boolean" },
      compare: { type: "string" },
      rounds: { type: "string", default: "3" },
    },
    { operands: true },
  );
  if (line === undefined) return undefined;
  const { values, operands: names } = line;
  const unknown = names.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
  }
  const { json = false, save = false, compare } = values;
  if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error(`--rounds: expected a number, got ${values.rounds}`);
  if (save && compare !== undefined) throw new Error("--save and --compare: expected one of them");
  return { names, json, save, compare, rounds: Number(values.rounds) };
}

async function run(call: Call): Promise<number> {
  const { names, json, save, compare: ref, rounds } = call;
  const print = (figures: object, lines: () => readonly string[]) =>
    process.stdout.write(`${json ? JSON.stringify(figures, null, 2) : lines().join("\n")}\n`);
  if (ref !== undefined) {
    const figures = await compareWith(ref, names, rounds);
    print({ figures }, () => comparisonLines(ref, figures));
    return 0;
  }
  const measurements: Reported[] = [];
  for (const [part, benchmark] of Object.entries(parts)) {
    if (names.length > 0 && !names.includes(part)) continue;
    process.stderr.write(`${part}…\n`);
    await benchmark((measurement) => measurements.push({ part, ...measurement }));
  }
  print({ measurements }, () => reportLines(measurements));
  if (save) await saveRun(measurements);
  return measurements.some(isTooMuch) ? 1 : 0;
}

runCommand({ usage, read, run });
