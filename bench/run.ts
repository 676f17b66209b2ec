import { readCommandLine } from "../lib/cli/commandLine.ts";
import { runCommand } from "../lib/cli/command.ts";
import { benchmarkMigrations } from "./database.ts";
import type { Measurement } from "./measurement.ts";
import { benchmarkOnboarding } from "./onboarding.ts";
import { benchmarkSandbox } from "./sandbox.ts";

const parts: Readonly<Record<string, (report: (measurement: Measurement) => void) => Promise<void>>> = {
  sandbox: benchmarkSandbox,
  database: benchmarkMigrations,
  onboarding: benchmarkOnboarding,
};

const usage = `usage: npm run bench [-- PART…] [--json]

Measures every part, or those that are named (${Object.keys(parts).join(", ")}), and prints one table or one JSON
document; exit code 1 when something took more than it may.
`;

interface Call {
  readonly names: readonly string[];
  readonly json: boolean;
}

function read(): Call | undefined {
  const line = readCommandLine({ json: { type: "boolean" } }, { operands: true });
  if (line === undefined) return undefined;
  const { values, operands: positionals } = line;
  const unknown = positionals.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(`there is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
  }
  return { names: positionals, json: values.json ?? false };
}

async function run({ names, json }: Call): Promise<number> {
  const measurements: (Measurement & { part: string })[] = [];
  for (const [part, benchmark] of Object.entries(parts)) {
    if (names.length > 0 && !names.includes(part)) continue;
    process.stderr.write(`${part}…\n`);
    await benchmark((measurement) => measurements.push({ part, ...measurement }));
  }

  const tooMuch = measurements.filter(({ value, limit }) => limit !== undefined && value > limit);
  if (json) {
    process.stdout.write(`${JSON.stringify({ measurements }, null, 2)}\n`);
  } else {
    const shown = (value: number, unit: string) =>
      `${value.toLocaleString("en", { maximumFractionDigits: unit === "times" ? 2 : 0 })} ${unit}`;
    const width = Math.max(...measurements.map(({ what }) => what.length));
    for (const { part, what, value, unit, limit } of measurements) {
      const bound =
        limit === undefined ? "" : `  ${value > limit ? "MORE THAN" : "at most"} ${shown(limit, unit)}`;
      process.stdout.write(
        `${part.padEnd(10)} ${what.padEnd(width)} ${shown(value, unit).padStart(18)}${bound}\n`,
      );
    }
  }
  return tooMuch.length > 0 ? 1 : 0;
}

runCommand({ usage, read, run });
