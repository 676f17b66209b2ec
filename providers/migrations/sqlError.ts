import pg from "pg";
import type { Migration } from "./files.ts";
import { placeOf } from "./statements.ts";

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
  const { line, column } = placeOf(migration.sql, offset);
  const text = (migration.sql.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  const characters = [...text];
  const from = Math.max(0, Math.min(column - 1 - width / 2, characters.length - width));
  const shown = characters.slice(from, from + width).join("");
  const head = `${migration.name}:${line}:${column}: ${describe(error)}; ${consequence}`;
  return new MigrationFailedError(`${head}\n  ${shown}\n  ${" ".repeat(column - 1 - from)}^`, {
    cause: error,
  });
}

function describe(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  const parts = [`SQLSTATE ${error.code ?? "unknown"}: ${error.message}`];
  if (error.detail) parts.push(`(${error.detail.replaceAll("\n", " ")})`);
  if (error.hint) parts.push(`hint: ${error.hint.replaceAll("\n", " ")}`);
  const context = error.where?.split("\n")[0];
  if (context) parts.push(`in ${context}`);
  return parts.join(" ");
}

/** The offset in UTF-16 units of the server's position, which counts characters from 1. */
export function offsetOfPosition(text: string, position: string): number {
  return [...text].slice(0, Number(position) - 1).join("").length;
}
