import type pg from "pg";
import { errorCode } from "../postgres.ts";
import type { BatchError } from "./batch.ts";
import type { Migration } from "./files.ts";
import { movedTo, TransactionPoolingError } from "./lock.ts";
import { migrationFailed, MigrationFailedError, offsetOfPosition } from "./sqlError.ts";

/** One run under way, as its parts see it. */
export interface Run {
  readonly client: pg.Client;
  /** The server process that holds the lock. */
  readonly backend: number;
  readonly applicationSchema: string;
  readonly url: string;
  /** In milliseconds; 0 for ever. */
  readonly lockTimeout: number;
  /** In milliseconds; 0 for ever. */
  readonly statementTimeout: number;
  readonly progress: (line: string) => void;
}

/** The settings that bound a statement, as SQL. */
export function timeouts(run: Run, set: "SET" | "SET LOCAL"): string[] {
  return [`${set} lock_timeout = ${run.lockTimeout}`, `${set} statement_timeout = ${run.statementTimeout}`];
}

/** Errors that lie in the moment, not in the file: sessions ended, locks not got, the server short of something. */
const passing = /^(08|40|53|57P|55P03|ECONN)/;

function advice(code: string): string {
  if (passing.test(code)) return "run again";
  // duplicate_table, duplicate_object: what a database holds that was set up by hand.
  if (/^(42P07|42710)$/.test(code))
    return "mend the file and run again, or count it as applied with npm run migrations -- baseline";
  return "mend the file and run again";
}

/**
 * Puts a failed batch to its place in the file.
 *
 * @param start - offset of the failed statement; undefined when it is none of the file's
 * @param sent - what the server counts its positions in
 * @param shift - the offset in `sent` where the file's text begins
 */
export function failure(
  run: Run,
  migration: Migration,
  start: number | undefined,
  sent: string,
  shift: number,
  batch: BatchError,
): Error {
  const { cause } = batch;
  const moved = movedTo(batch.message);
  if (moved !== undefined)
    return new TransactionPoolingError(run.url, `process ${moved} answers after process ${run.backend}`);
  const kept = migration.noTransaction
    ? "the statements before it stay done and the next run goes on from here"
    : `nothing of ${migration.name} was kept`;
  const consequence = `${kept}; ${advice(errorCode(cause))}`;
  const position = cause instanceof Error && "position" in cause ? cause.position : undefined;
  if (typeof position === "string") {
    const offset = offsetOfPosition(sent, position) - shift;
    if (offset >= 0 && offset <= migration.sql.length)
      return migrationFailed(migration, offset, cause, consequence);
  }
  if (start !== undefined) return migrationFailed(migration, start, cause, consequence);
  const text = `${migration.name}: recording it in the ledger failed: ${batch.message}; ${consequence}`;
  return new MigrationFailedError(text, { cause });
}
