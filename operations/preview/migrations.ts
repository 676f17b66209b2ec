import type { Report } from "../../lib/pulumi/report.ts";
import { blocks } from "../../providers/migrations/review/lockModes.ts";
import { describeFile, describeLock, notesOf, sqlLines } from "../../providers/migrations/review/planText.ts";
import {
  lostKind,
  reportKind,
  type FileReport,
  type LostRelations,
  type MigrationsReport,
} from "../../providers/migrations/review/report.ts";
import type { Change, PendingSql, Risk } from "./digest.ts";
import { printable } from "./properties.ts";

/** The report of the providers of migrations. */
export interface Migrations {
  readonly sql: readonly PendingSql[];
  /** The lines about the ledgers. */
  readonly notes: readonly string[];
  /** Relations that the database lacks and no update makes again. */
  readonly lost: readonly Change[];
}

/** Reads reports by kind. */
export type Read = <Data>(kind: string) => readonly Report<Data>[];

export function migrationsOf(read: Read): Migrations {
  const plans = read<MigrationsReport>(reportKind).map(({ data }) => data);
  return {
    sql: plans.flatMap(({ files }) => files.map(pendingSql)),
    notes: plans.flatMap(notesOf),
    lost: read<LostRelations>(lostKind).flatMap(({ data }) => data.map(lost)),
  };
}

function pendingSql(file: FileReport): PendingSql {
  const text = file.first.flatMap(({ text }) => sqlLines(text));
  if (file.omitted > 0) text.push(`  … ${file.omitted.toLocaleString("en")} more statements …`);
  text.push(...file.last.flatMap(({ text: last }) => sqlLines(last)));
  return {
    file: printable(file.name),
    how: describeFile(file),
    risk: risk(file),
    sql: text.map((line) => printable(line.slice(2))),
    locks: file.locks.map((lock) => printable(describeLock(lock))),
    warnings: file.warnings.map((warning) => printable(warning.text)),
  };
}

function risk({ warnings, locks }: FileReport): Risk {
  if (warnings.some((warning) => warning.risk === "data")) return "data";
  return warnings.length > 0 || locks.some(({ mode }) => blocks[mode] !== "nothing") ? "lock" : "other";
}

function lost(name: string): Change {
  const notes = ["restore it by a new migration: no update does"];
  return { risk: "data", operation: "lost", type: "relation", name, urn: "", properties: [], notes };
}
