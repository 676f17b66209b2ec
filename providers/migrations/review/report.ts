import type { Lock } from "./tree/locksOf.ts";
import type { Warning } from "./warnings.ts";

/** Kind of a report of pending migrations (lib/pulumi/report.ts): a MigrationsReport. */
export const reportKind = "migrations";

/** Kind of a report of relations that applied files have made and the database lacks. */
export const lostKind = "lost-relations";

/** Their names. */
export type LostRelations = readonly string[];

/** The next update's effect on the database's schema: for people and programs, and all that a preview shows of it. */
export interface MigrationsReport {
  /** The reason why the plan is made from the state; absent where the database was asked. */
  readonly blind?: string;
  /** Files that the application has applied, by name. */
  readonly adopt: readonly string[];
  /** Names that go back into `_migrations`. */
  readonly unannounced: readonly string[];
  readonly files: readonly FileReport[];
}

/** One pending file. */
export interface FileReport {
  readonly name: string;
  /** The number of its statements, and its length in characters. */
  readonly statements: number;
  readonly length: number;
  readonly transaction: boolean;
  /** Statements that an interrupted run has done. */
  readonly done?: number;
  /** The statements that are shown: all, or of a long file the first and the last. */
  readonly first: readonly StatementReport[];
  readonly omitted: number;
  readonly last: readonly StatementReport[];
  /** The locks of all its statements, each once; the count says of how many. */
  readonly locks: readonly Counted<Lock>[];
  readonly warnings: readonly Counted<Warning>[];
}

export interface StatementReport {
  /** Cut where it is very long. */
  readonly text: string;
  readonly locks: readonly Lock[];
  readonly warnings: readonly Warning[];
}

export type Counted<T> = T & { readonly count: number };
