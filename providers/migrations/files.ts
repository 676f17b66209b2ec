import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { UnterminatedError } from "./lexer.ts";
import { forbidden, nonTransactional } from "./rules.ts";
import { placeOf, splitStatements, type Statement } from "./statements.ts";

/** One migration file, read and split. */
export interface Migration {
  /** The file's name: the key in both ledgers. */
  readonly name: string;
  /** The number the name starts with; migrations are applied in this order. */
  readonly version: bigint;
  /** The text as it is sent: no byte order mark, lines end in LF. */
  readonly sql: string;
  readonly statements: readonly Statement[];
  /** SHA-256 in hex of the tokens: comments and white space outside literals do not count. */
  readonly checksum: string;
  /** Marked to run outside a transaction, statement by statement. */
  readonly noTransaction: boolean;
}

/** The first comment of a file that must run outside a transaction. */
export const marker = "-- mesh-six: no-transaction";

/** What a directory holds, and everything that is wrong with it before any database is asked. */
export interface MigrationFiles {
  readonly migrations: readonly Migration[];
  /** One line each; nothing runs unless this is empty. */
  readonly problems: readonly string[];
}

/** The absolute path of a folder that is given relative to the project's. */
export function projectFolder(directory: string): string {
  return resolve(process.env["MESH_SIX_ROOT"] ?? process.cwd(), directory);
}

/** Reads every `*.sql` of a directory, in the order of their numbers. */
export function readMigrations(directory: string): MigrationFiles {
  const problems: string[] = [];
  const migrations: Migration[] = [];
  for (const name of sqlFiles(directory)) {
    const version = /^(\d+)_[\w.-]+\.sql$/.exec(name)?.[1];
    if (version === undefined) {
      problems.push(`${name}: expected a name like 005_what_it_does.sql; rename the file`);
      continue;
    }
    const migration = parseMigration(name, BigInt(version), readFileSync(join(directory, name)), problems);
    if (migration) migrations.push(migration);
  }
  migrations.sort((a, b) =>
    a.version < b.version ? -1 : a.version > b.version ? 1 : compare(a.name, b.name),
  );
  for (const [at, migration] of migrations.entries()) {
    const next = migrations[at + 1];
    if (next === undefined) break;
    if (next.version === migration.version)
      problems.push(
        `${next.name}: the number ${next.version} is already that of ${migration.name}; renumber one`,
      );
    // The application's runner sorts the names as text, and both must agree on the order.
    else if (compare(migration.name, next.name) > 0)
      problems.push(`${next.name}: sorts before ${migration.name} as text; give the numbers the same width`);
  }
  return { migrations, problems };
}

function sqlFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith(".sql"))
      .map((entry) => entry.name);
  } catch (cause) {
    throw new Error(`migrations: expected a readable folder ${directory}; correct the setting`, { cause });
  }
}

/** Reads one file's bytes; what is wrong with it is added to `problems`. */
export function parseMigration(
  name: string,
  version: bigint,
  bytes: Uint8Array,
  problems: string[],
): Migration | undefined {
  let sql: string;
  try {
    // The decoder takes the byte order mark off.
    sql = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    problems.push(`${name}: expected UTF-8; save the file in that encoding`);
    return undefined;
  }
  const at = (offset: number): string => {
    const { line, column } = placeOf(sql, offset);
    return `${name}:${line}:${column}`;
  };
  if (sql.includes("\0")) {
    problems.push(`${at(sql.indexOf("\0"))}: a NUL character; PostgreSQL takes none, remove it`);
    return undefined;
  }
  let statements: Statement[];
  try {
    statements = splitStatements(sql);
  } catch (error) {
    if (!(error instanceof UnterminatedError)) throw error;
    problems.push(`${at(error.offset)}: ${error.message}; close it`);
    return undefined;
  }
  const noTransaction = isMarked(sql);
  if (statements.length === 0)
    problems.push(`${name}: expected at least one statement; write it or delete the file`);
  for (const statement of statements) {
    const reason = forbidden(statement) ?? misplaced(statement, noTransaction);
    if (reason !== undefined) problems.push(`${at(statement.start)}: ${reason}`);
  }
  return { name, version, sql, statements, checksum: checksum(statements), noTransaction };
}

function misplaced(statement: Statement, noTransaction: boolean): string | undefined {
  const special = nonTransactional(statement);
  if (special === undefined) return undefined;
  const what = statement.tokens
    .slice(0, 3)
    .map((token) => token.text.toUpperCase())
    .join(" ");
  if (!noTransaction) return `${what} cannot run in a transaction; put "${marker}" on the file's first line`;
  if (special.kind === "once" && what.startsWith("CREATE INDEX"))
    return `${what} without an index name could not be recovered when interrupted; name the index`;
  return undefined;
}

/** Whether one of the comment lines at the top of the file is the marker. */
function isMarked(sql: string): boolean {
  const top = /^(?:\s*--[^\n]*(?:\n|$))*/.exec(sql)?.[0] ?? "";
  return top.split("\n").some((line) => line.trim().replace(/\s+/g, " ") === marker);
}

function checksum(statements: readonly Statement[]): string {
  const hash = createHash("sha256");
  for (const { tokens } of statements) {
    // A line end cannot be part of a token boundary, so different token lists never join to the same text.
    for (const token of tokens) hash.update(`${token.text.length}:${token.text}\n`);
    hash.update(";\n");
  }
  return hash.digest("hex");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
