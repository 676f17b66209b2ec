import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Problem, ProblemError } from "../../../lib/text/problem.ts";
import { analyse, isMarked, type Analysis } from "./analysis.ts";
import type { Statements } from "./statements.ts";

/** One migration file. The properties that need its SQL are worked out only when they are asked for. */
export interface Migration {
  /** The file's name: the key in both ledgers. */
  readonly name: string;
  /** The number the name starts with; migrations are applied in this order. */
  readonly version: bigint;
  /** The text as it is sent: no byte order mark, lines end in LF. */
  readonly sql: string;
  /** SHA-256 of that text in hex: where it is the ledger's, nothing else needs to be worked out. */
  readonly digest: string;
  readonly statements: Statements;
  /** SHA-256 in hex of the tokens: comments and white space outside literals do not count. */
  readonly checksum: string;
  /** Marked to run outside a transaction, statement by statement. */
  readonly noTransaction: boolean;
  /** Faults of the text. */
  readonly problems: readonly Problem[];
}

/** The migrations of a directory. */
export interface MigrationFiles {
  readonly migrations: readonly Migration[];
  /** Faults of the names, and files that are no text. */
  readonly problems: readonly Problem[];
}

/** Reads every `*.sql` of a directory, in the order of their numbers. */
export function readMigrations(directory: string): MigrationFiles {
  const reading = inSlices(directory);
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

/** The same, and leaves the process to others in between: the server can answer while the files are read. */
export async function readMigrationsMeanwhile(directory: string): Promise<MigrationFiles> {
  const reading = inSlices(directory);
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
    await setImmediate();
  }
}

/** The number of files that are read in a row: a fraction of a millisecond's worth. */
const slice = 8;

function* inSlices(directory: string): Generator<undefined, MigrationFiles> {
  yield;
  const problems: Problem[] = [];
  const migrations: Migration[] = [];
  for (const [at, name] of sqlFiles(directory).entries()) {
    if (at % slice === 0) yield;
    const version = /^(\d+)_[\w.-]+\.sql$/.exec(name)?.[1];
    if (version === undefined) {
      const said = `${name}: expected a name like 005_what_it_does.sql`;
      problems.push({ said, remedy: "rename the file" });
      continue;
    }
    try {
      const sql = readText(join(directory, name));
      if (sql === undefined)
        problems.push({ said: `${name}: expected UTF-8`, remedy: "save the file in that encoding" });
      else migrations.push(new MigrationFile(name, BigInt(version), sql));
    } catch (error) {
      const said = `${name}: expected a readable file, got ${(error as Error).message}`;
      problems.push({ said, remedy: "restore or remove it" });
    }
  }
  migrations.sort((a, b) =>
    a.version < b.version ? -1 : a.version > b.version ? 1 : compare(a.name, b.name),
  );
  return { migrations, problems: [...problems, ...orderProblems(migrations)] };
}

function orderProblems(migrations: readonly Migration[]): Problem[] {
  const problems: Problem[] = [];
  for (const [at, migration] of migrations.entries()) {
    const next = migrations[at + 1];
    if (next === undefined) break;
    if (next.version === migration.version)
      problems.push({
        said: `${next.name}: the number ${next.version} is already that of ${migration.name}`,
        remedy: "renumber one",
      });
    // The application's runner sorts the names as text, and both must agree on the order.
    else if (compare(migration.name, next.name) > 0)
      problems.push({
        said: `${next.name}: sorts before ${migration.name} as text`,
        remedy: "give the numbers the same width",
      });
  }
  return problems;
}

function sqlFiles(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /\.sql$/i.test(entry.name))
      .map((entry) => entry.name);
  } catch (cause) {
    const said = `migrations: expected a readable folder ${directory}`;
    throw new ProblemError({ said, remedy: "correct the setting" }, { cause });
  }
}

/** The text of a file; undefined when it is none. */
function readText(path: string): string | undefined {
  const text = readFileSync(path, "utf8");
  // This character replaces bytes that are no UTF-8, but a file may also hold it of its own.
  if (text.includes("\ufffd") && !isUtf8(readFileSync(path))) return undefined;
  const sql = text.startsWith("\ufeff") ? text.slice(1) : text;
  return sql.includes("\r") ? sql.replaceAll(/\r\n?/g, "\n") : sql;
}

class MigrationFile implements Migration {
  readonly name: string;
  readonly version: bigint;
  readonly sql: string;
  readonly digest: string;
  private analysis: Analysis | undefined;

  constructor(name: string, version: bigint, sql: string) {
    this.name = name;
    this.version = version;
    this.sql = sql;
    this.digest = hash("sha256", sql);
  }

  get statements(): Statements {
    return this.analyse().statements;
  }
  get checksum(): string {
    return this.analyse().checksum;
  }
  get problems(): readonly Problem[] {
    return this.analyse().problems;
  }
  get noTransaction(): boolean {
    return isMarked(this.sql);
  }

  private analyse(): Analysis {
    return (this.analysis ??= analyse(this.name, this.sql));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
