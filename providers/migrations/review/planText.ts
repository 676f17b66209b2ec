import { blocks } from "./lockModes.ts";
import type { FileReport, MigrationsReport, StatementReport } from "./report.ts";
import type { Lock } from "./tree/locksOf.ts";

/** The plan for a person to review, a line each; none when there is nothing to do. */
export function* linesOf(report: MigrationsReport): Generator<string> {
  const { blind, adopt, unannounced, files } = report;
  if (adopt.length + unannounced.length + files.length === 0 && blind === undefined) return;
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  const source =
    blind === undefined ? "seen in a READ ONLY session" : `planned from the state, since ${blind}`;
  yield `${count} to apply (${source})`;
  yield* notesOf(report);
  for (const file of files) yield* linesOfFile(file);
}

/** The lines about the ledgers. */
export function notesOf({ adopt, unannounced }: Pick<MigrationsReport, "adopt" | "unannounced">): string[] {
  return [
    ...adopt.map(
      (name) => `${name} is in _migrations: counts as applied once its objects are seen to be there`,
    ),
    ...unannounced.map((name) => `${name} is missing in _migrations: its name is put back there`),
  ];
}

/** As in `2 statements in one transaction`. */
export function describeFile({ statements, transaction, done, length, omitted }: FileReport): string {
  const count = statements === 1 ? "1 statement" : `${statements.toLocaleString("en")} statements`;
  const long = omitted > 0 ? ` (${describeBytes(length)})` : "";
  const how = transaction ? "in one transaction" : "outside a transaction";
  return `${count}${long} ${how}${done === undefined ? "" : `, interrupted before: goes on after statement ${done}`}`;
}

function* linesOfFile(file: FileReport): Generator<string> {
  yield `${file.name}: ${describeFile(file)}`;
  for (const statement of file.first) yield* linesOfStatement(statement, file.omitted === 0);
  if (file.omitted === 0) return;
  yield `  … ${file.omitted.toLocaleString("en")} more statements …`;
  for (const statement of file.last) yield* linesOfStatement(statement, false);
  for (const { count, ...lock } of file.locks) yield `    lock: ${describeLock(lock)}${times(count)}`;
  for (const { count, text } of file.warnings) yield `    warning: ${text}${times(count)}`;
}

function times(count: number): string {
  return count === 1 ? "" : ` (${count.toLocaleString("en")} statements)`;
}

function* linesOfStatement({ text, locks, warnings }: StatementReport, complete: boolean): Generator<string> {
  yield* sqlLines(text);
  // All locks of a long file come at the end.
  if (!complete) return;
  for (const lock of locks) yield `    lock: ${describeLock(lock)}`;
  for (const warning of warnings) yield `    warning: ${warning.text}`;
}

/** The statement's own lines, set in. */
export function sqlLines(text: string): string[] {
  return `${text};`.split("\n").map((line) => `  ${line.trimEnd()}`);
}

/** As in `SHARE on mesh_six_events (1.2 GB, about 3,000,000 rows), blocks writes`. */
export function describeLock({ table, mode, size }: Lock): string {
  const measured = size === undefined ? "size unknown" : describeSize(size);
  const blocked = blocks[mode];
  return `${mode} on ${table} (${measured}), blocks ${blocked === "nothing" ? "no reads or writes" : blocked}`;
}

function describeSize({ bytes, rows }: NonNullable<Lock["size"]>): string {
  const size = describeBytes(bytes);
  return rows === undefined ? `${size}, never analysed` : `${size}, about ${rows.toLocaleString("en")} rows`;
}

function describeBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit] ?? ""}`;
}
