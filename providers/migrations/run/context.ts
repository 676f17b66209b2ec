import pg from "pg";
import { errorCode } from "../../../lib/postgres/postgres.ts";
import type { BatchError } from "./batch.ts";
import { marker } from "../files/analysis.ts";
import type { Migration } from "../files/files.ts";
import { characters } from "../files/statements.ts";
import { movedTo, TransactionPoolingError } from "./advisoryLock.ts";
import { stayIdle } from "./migrationSession.ts";
import {
  describe,
  isPassing,
  migrationFailed,
  MigrationFailedError,
  offsetOfPosition,
  liftTransactionTimeout,
  remedy,
} from "./sqlError.ts";

/** One run under way, as its parts see it. */
export interface Run {
  readonly client: pg.Client;
  /** The server process that holds the lock. */
  readonly backend: number;
  readonly applicationSchema: string;
  readonly url: string;
  /** In milliseconds; 0 for no limit. */
  readonly lockTimeout: number;
  /** In milliseconds; 0 for no limit. */
  readonly statementTimeout: number;
  readonly progress: (line: string) => void;
}

/**
 * The statement that bounds those after it, in the transaction or in the session. It also lifts a role's limit on long
 * transactions, where the server has one (PostgreSQL 17). One statement, for each costs every file its share.
 */
export function timeouts(run: Run, scope: "transaction" | "session"): string {
  const set = (name: string, value: number): string =>
    `pg_catalog.set_config('${name}', '${String(value)}', ${String(scope === "transaction")})`;
  const bounds = [
    set("lock_timeout", run.lockTimeout),
    set("statement_timeout", run.statementTimeout),
    set("idle_in_transaction_session_timeout", 0),
  ];
  const has = "current_setting('transaction_timeout', true) IS NOT NULL";
  return `SELECT ${bounds.join(", ")}, CASE WHEN ${has} THEN ${set("transaction_timeout", 0)} END`;
}

/**
 * Leaves nothing of a file's session to the next: cursors, prepared statements, role, settings, temporary tables.
 * Strings must go on meaning what the lexer takes them for, whatever the database's default is.
 */
export const freshSession = [
  // First, for a temporary table that a cursor reads cannot go.
  "CLOSE ALL",
  "DEALLOCATE ALL",
  // And with it the role.
  "RESET SESSION AUTHORIZATION",
  "RESET ALL",
  "DISCARD TEMP",
  "SET standard_conforming_strings = on",
  stayIdle,
];

function advice(error: unknown, { noTransaction }: Migration): string {
  if (isPassing(error)) return "run again";
  const code = errorCode(error);
  if (code === "25P04") return `${liftTransactionTimeout}, and run again`;
  // duplicate_table, duplicate_object: what a database holds that was set up by hand.
  if (/^(42P07|42710)$/.test(code))
    return "mend the file and run again, or count it as applied with npm run migrations -- baseline";
  // invalid_transaction_termination, and active_sql_transaction of a statement that the rules do not know.
  const alone = code === "2D000" || (code === "25001" && /transaction block/.test(String(error)));
  if (alone && !noTransaction) return `put "${marker}" on the file's first line and run again`;
  return "mend the file and run again";
}

/** A part of a file as it was sent to the server, which counts its positions from the preamble on. */
export interface Sent {
  readonly preamble: string;
  readonly text: string;
  /** Offset of the part in the file. */
  readonly start: number;
}

/** The phases in which a statement can fail that is none of the file's, in a message's words. */
const phases = {
  read: "when the server read it",
  begin: "at the beginning of its transaction",
  record: "while it was recorded",
  commit: "at its commit",
};

export type Phase = keyof typeof phases;

/**
 * Puts a failed batch to its place in the file.
 *
 * @param at - offset of the failed statement, or what was under way
 * @param sent - undefined where the file's text was not sent
 */
export function failure(
  run: Run,
  migration: Migration,
  at: number | Phase,
  batch: BatchError,
  sent?: Sent,
): Error {
  const { name, noTransaction } = migration;
  const { cause } = batch;
  const moved = movedTo(batch.message);
  if (moved !== undefined)
    return new TransactionPoolingError(run.url, `process ${moved} answers after process ${run.backend}`);
  // A broken connection does not tell how far the server came.
  if (!noTransaction && !(cause instanceof pg.DatabaseError))
    return new MigrationFailedError(
      `${name}: the session ended while it ran: ${batch.message}; the next run sees whether it was kept; run again`,
      { cause },
    );
  const kept = noTransaction
    ? "the statements before it stay done and the next run goes on from here"
    : `nothing of ${name} was kept`;
  const position = cause instanceof Error && "position" in cause ? cause.position : undefined;
  if (sent && typeof position === "string") {
    const within = offsetOfPosition(sent.text, Number(position) - characters(sent.preamble));
    const offset = sent.start + (within ?? -Infinity);
    if (offset >= sent.start && offset <= migration.sql.length)
      return migrationFailed(migration, offset, cause, `${kept}; ${advice(cause, migration)}`);
  }
  if (typeof at === "number")
    return migrationFailed(migration, at, cause, `${kept}; ${advice(cause, migration)}`);
  // Characters the database's encoding lacks, and a constraint that was deferred: both are the file's.
  const ofFile = at === "read" || at === "commit";
  const next = ofFile ? advice(cause, migration) : remedy(cause);
  return new MigrationFailedError(`${name}: ${phases[at]}: ${describe(cause)}; ${kept}; ${next}`, { cause });
}
