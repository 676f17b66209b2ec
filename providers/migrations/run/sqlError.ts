import pg from "pg";
import { errorCode } from "../../../lib/postgres/postgres.ts";
import { ProblemError } from "../../../lib/text/problem.ts";
import type { Migration } from "../files/files.ts";
import { placeOf, widthAt } from "../files/statements.ts";

/** A migration stopped: what it had done was undone, unless the file runs without a transaction. */
export class MigrationFailedError extends Error {
  override readonly name = "MigrationFailedError";
}

/** The widest line shown with a caret, in characters. */
const width = 160;

/**
 * `file:line:column: SQLSTATE: message; what to do`, then the line with a caret under the place.
 *
 * @param offset - of the error in the file's text
 */
export function migrationFailed(
  migration: Migration,
  offset: number,
  error: unknown,
  consequence: string,
): MigrationFailedError {
  const { sql, name } = migration;
  const { line, column } = placeOf(sql, offset);
  const lineStart = offset === 0 ? 0 : sql.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = sql.indexOf("\n", offset);
  // A line can be as long as the file: only what is near is looked at.
  const before = [...sql.slice(Math.max(lineStart, offset - 2 * width), offset)].slice(-width);
  const after = [...sql.slice(offset, Math.min(lineEnd < 0 ? sql.length : lineEnd, offset + 2 * width))];
  const from = Math.max(0, Math.min(before.length - width / 2, before.length + after.length - width));
  const shown = [...before, ...after]
    .slice(from, from + width)
    .join("")
    .replaceAll("\t", " ");
  const head = `${name}:${line}:${column}: ${describe(error)}; ${consequence}`;
  return new MigrationFailedError(`${head}\n  ${shown}\n  ${" ".repeat(before.length - from)}^`, {
    cause: error,
  });
}

/** Errors that lie in the moment, not in the file: sessions ended, locks not got, the server short of something. */
const passing = /^(08|40|53|57P|55P03)/;

/** Whether running again may do, for nothing is wrong with a file: an error without a SQLSTATE is the connection's. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || passing.test(error.code ?? "");
}

/** The server's or the connection's error outside of any file as one that says what to do; any other as it is. */
export function explained(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) && !isLostConnection(error)) return error;
  return new ProblemError(
    { said: `migrations: ${describe(error)}`, remedy: remedy(error) },
    { cause: error },
  );
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== "Error") return false;
  return (
    ["ECONNRESET", "EPIPE"].includes(errorCode(error)) ||
    /^Connection terminated|not queryable$/.test(error.message)
  );
}

/** The remedy where the server ended a transaction for its length. */
export const liftTransactionTimeout =
  "transaction_timeout ended it: take it out of the file, or ALTER ROLE … SET transaction_timeout = 0";

/** The remedy for an error that is no file's. */
export function remedy(error: unknown): string {
  switch (errorCode(error)) {
    case "42501":
      return "connect as the owner of the database and of the tables in it, or let their owner grant this role what is missing";
    case "25P04":
      return liftTransactionTimeout;
    case "25006":
      return "connect to a server, and as a role, that may write";
    default:
      // Besides the files' statements there are those on the ledgers, and one of these a person may have made.
      return isPassing(error) || !/^(22|23|42)/.test(errorCode(error))
        ? "run again"
        : "bring _migrations to the columns (id serial, name text unique, applied_at timestamptz DEFAULT now())";
  }
}

/** SQLSTATE and message with what the server adds, in one line. */
export function describe(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  const parts = [`SQLSTATE ${error.code ?? "unknown"}: ${error.message}`];
  if (error.detail) parts.push(`(${error.detail.replaceAll("\n", " ")})`);
  if (error.hint) parts.push(`hint: ${error.hint.replaceAll("\n", " ")}`);
  const context = error.where?.split("\n")[0];
  if (context) parts.push(`in ${context}`);
  return parts.join(" ");
}

/** The offset in UTF-16 units of the server's position, which counts characters from 1; undefined outside of the text. */
export function offsetOfPosition(text: string, position: number): number | undefined {
  if (position < 1) return undefined;
  let offset = 0;
  for (let before = position - 1; before > 0; before -= 1) {
    // The text that is sent after it begins with a line end and a semicolon, at which an open end of the text is an
    // error.
    if (offset >= text.length) return before === 1 ? offset : undefined;
    offset += widthAt(text, offset);
  }
  return offset;
}
