/**
 * `npm run bench`: every part in turn, then one table; `--json` for one JSON document; names choose parts:
 * `npm run bench -- sandbox`.
 */
import { parseArgs } from "node:util";
import { benchmarkMigrations } from "./database.ts";
import type { Measurement } from "./measurement.ts";
import { benchmarkOnboarding } from "./onboarding.ts";
import { benchmarkSandbox } from "./sandbox.ts";

const parts: Readonly<Record<string, (report: (measurement: Measurement) => void) => Promise<void>>> = {
  sandbox: benchmarkSandbox,
  database: benchmarkMigrations,
  onboarding: benchmarkOnboarding,
};

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const unknown = positionals.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(
    `There is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}.\n`,
  );
  process.exit(2);
}

const measurements: (Measurement & { part: string })[] = [];
for (const [part, benchmark] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(part)) continue;
  process.stderr.write(`${part}…\n`);
  await benchmark((measurement) => measurements.push({ part, ...measurement }));
}

const tooMuch = measurements.filter(({ value, limit }) => limit !== undefined && value > limit);
if (values.json) {
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
process.exitCode = tooMuch.length > 0 ? 1 : 0;
