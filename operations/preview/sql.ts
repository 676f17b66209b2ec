import type { Change, PendingSql } from "./model.ts";
import { rankSql } from "./risk.ts";

/**
 * The pending SQL among the lines that the providers print in a preview (providers/migrations/review/preview.ts): a line
 * with the number of files, then for each file its name, its statements, and below a statement its locks and warnings.
 *
 * @returns the files, and the lines that are about something else
 */
export function pendingSql(lines: readonly string[]): { sql: PendingSql[]; rest: string[] } {
  const files: { file: string; how: string; sql: string[]; locks: string[]; warnings: string[] }[] = [];
  const rest: string[] = [];
  let within = false;
  for (const line of lines) {
    const head = /^migrations: (\S+\.sql): (\d+ statements? .*)$/.exec(line);
    const file = files.at(-1);
    if (head) {
      files.push({ file: head[1] ?? "", how: head[2] ?? "", sql: [], locks: [], warnings: [] });
      within = true;
    } else if (within && file && /^ {4}lock: /.test(line)) file.locks.push(line.slice("    lock: ".length));
    else if (within && file && /^ {4}warning: /.test(line))
      file.warnings.push(line.slice("    warning: ".length));
    else if (within && file && line.startsWith("  ")) file.sql.push(line.slice(2));
    else {
      within = false;
      rest.push(line);
    }
  }
  return { sql: files.map((file) => ({ ...file, risk: rankSql(file) })), rest };
}

/** What the migrations print of their ledgers, where no property tells it: a name that `_migrations` lacks. */
export function ledgerNotes(lines: readonly string[]): string[] {
  return lines.flatMap(
    (line) => /^migrations: (\S+\.sql is (?:missing )?in _migrations: .*)$/.exec(line)?.[1] ?? [],
  );
}

/** What a refresh of the migrations misses in the database (`read` of providers/migrations): no update makes it again. */
export function lostRelations(lines: readonly string[]): Change[] {
  return lines.flatMap((line): Change[] => {
    const [, name, remedy] = /^migrations: (.+) is gone from the database; (.*)$/.exec(line) ?? [];
    if (name === undefined || remedy === undefined) return [];
    const notes = [`${remedy}: no update does`];
    return [{ risk: "data", operation: "lost", type: "relation", name, urn: "", properties: [], notes }];
  });
}
