import { blocks, locksOf } from "./locks.ts";
import type { Plan } from "../run/plan.ts";
import type { TableSize } from "./relations.ts";
import type { Migration } from "../files/files.ts";
import { warningsOf } from "./warnings.ts";

/**
 * The plan for a person to review, a line each; none when there is nothing to do.
 *
 * @param blind - why the database could not be asked, if it could not
 */
export function describePlan(
  plan: Plan,
  sizes: ReadonlyMap<string, TableSize>,
  blind: string | undefined,
): string[] {
  const lines: string[] = [];
  for (const { name } of plan.adopt)
    lines.push(`${name} is in _migrations: counts as applied once its objects are seen to be there`);
  for (const name of plan.unannounced)
    lines.push(`${name} is missing in _migrations: its name is put back there`);
  const made = new Set<string>();
  for (const migration of plan.pending) lines.push(...describeFile(migration, plan, sizes, made, blind));
  if (lines.length === 0 && blind === undefined) return [];
  const count = plan.pending.length === 1 ? "1 file" : `${plan.pending.length} files`;
  const source =
    blind === undefined ? "seen in a READ ONLY session" : `planned from the state, since ${blind}`;
  return [`${count} to apply (${source})`, ...lines];
}

function describeFile(
  migration: Migration,
  plan: Plan,
  sizes: ReadonlyMap<string, TableSize>,
  made: Set<string>,
  blind: string | undefined,
): string[] {
  const { name, statements, noTransaction } = migration;
  const done = plan.interrupted.get(name);
  const how = noTransaction || done !== undefined ? "outside a transaction" : "in one transaction";
  const count = statements.length === 1 ? "1 statement" : `${statements.length} statements`;
  const lines = [
    `${name}: ${count} ${how}${done === undefined ? "" : `, interrupted before: goes on after statement ${done}`}`,
  ];
  for (const statement of statements.slice(done ?? 0)) {
    lines.push(...`${statement.text};`.split("\n").map((line) => `  ${line.trimEnd()}`));
    for (const { table, mode } of locksOf(statement)) {
      if (made.has(table)) continue;
      const size = sizes.get(table);
      const measured = blind === undefined ? size && describeSize(size) : "size unknown";
      if (measured !== undefined) lines.push(`    lock: ${mode} on ${table} (${measured}), ${blocks[mode]}`);
    }
    for (const warning of warningsOf(statement, made, sizes)) lines.push(`    warning: ${warning}`);
  }
  return lines;
}

function describeSize({ bytes, rows }: TableSize): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const size = `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit] ?? ""}`;
  return rows === undefined ? `${size}, never analysed` : `${size}, about ${rows.toLocaleString("en")} rows`;
}
