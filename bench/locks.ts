/**
 * `node bench/locks.ts [FOLDER...]`: how many of the locks that a preview shows are those that PostgreSQL takes.
 *
 * Each folder holds the migrations of one project: `*.sql`, in the order of their paths, without those called down.
 * Without folders, the public projects of lockProjects.ts are fetched from GitHub into .sandbox/projects, once.
 * Every statement runs in a transaction of its own in a database of the project's; after it, `pg_locks` is compared
 * with what was said before. Compared are tables, views and sequences that were there before the statement, each with
 * its strongest lock, from ROW EXCLUSIVE on. A partition and a sequence that a column owns count with their table.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type pg from "pg";
import { runCommand } from "../lib/cli/command.ts";
import { readCommandLine } from "../lib/cli/commandLine.ts";
import { withClient } from "../lib/postgres/postgres.ts";
import { nonTransactional } from "../providers/migrations/files/rules.ts";
import { splitStatements, type Statement } from "../providers/migrations/files/statements.ts";
import { candidatesOn, effectsBy, NameList, type Effects } from "../providers/migrations/review/effects.ts";
import { askCatalogue } from "../providers/migrations/review/facts.ts";
import { lockModes, stronger, type LockMode } from "../providers/migrations/review/lockModes.ts";
import { loadParser } from "../providers/migrations/review/tree/parser.ts";
import { everyTable, locksOf } from "../providers/migrations/review/tree/locksOf.ts";
import { fetchProjects } from "./lockProjects.ts";
import { startPostgres } from "../tests/support/postgres/postgres.ts";

interface Count {
  statements: number;
  agree: number;
  /** Refused by the server, as for a role or an extension that is not there. */
  failed: number;
  /** Those that run outside a transaction only. */
  outside: number;
}

/** A relation that existed before a statement, and the table it counts with. */
interface Before {
  readonly oid: number;
  readonly name: string;
  /** pg_class.relkind */
  readonly kind: string;
  readonly with: number | null;
}

const relations = `SELECT c.oid::integer AS oid, c.oid::regclass::text AS name, relkind AS kind, coalesce(
  (SELECT refobjid::integer FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
    AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND relkind = 'S' LIMIT 1),
  (SELECT inhparent::integer FROM pg_inherits WHERE inhrelid = c.oid LIMIT 1)) AS "with"
FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't'
  AND relnamespace <> ALL ('{pg_catalog,information_schema,pg_toast}'::regnamespace[])`;

const held = `SELECT relation::integer AS oid, mode FROM pg_locks WHERE locktype = 'relation' AND granted
  AND pid = pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** pg_locks' words in the manual's; the two weakest are shown nowhere. */
function modeOf(word: string): LockMode | undefined {
  const mode = word
    .replace(/Lock$/, "")
    .replaceAll(/(?!^)[A-Z]/g, " $&")
    .toUpperCase();
  return lockModes.find((known) => known === mode);
}

/** The locks in one text, without what counts with the table it belongs to. */
function written(locks: ReadonlyMap<number, LockMode>, before: ReadonlyMap<number, Before>): string {
  const isCovered = (oid: number, mode: LockMode): boolean => {
    for (let owner = before.get(oid)?.with; owner; owner = before.get(owner)?.with) {
      const above = locks.get(owner);
      if (above !== undefined && stronger(above, mode) === above) return true;
    }
    return false;
  };
  const shown = [...locks].filter(([oid, mode]) => before.has(oid) && !isCovered(oid, mode));
  return shown
    .map(([oid, mode]) => `${mode} ${before.get(oid)?.name ?? ""}`)
    .sort()
    .join(", ");
}

type Outcome = "failed" | "outside" | { readonly said: string; readonly taken: string };

async function compare(client: pg.Client, statement: Statement, effects: Effects): Promise<Outcome> {
  const { demands } = effects;
  if (/^(BEGIN|COMMIT|END|ROLLBACK|START)\b/i.test(statement.text)) return "outside";
  if (nonTransactional(statement)) {
    await client.query(statement.text).catch(() => undefined);
    return "outside";
  }
  const candidates = candidatesOn(undefined);
  const names = new NameList();
  names.add(effects, candidates);
  const facts = await askCatalogue(client, names);
  const { rows } = await client.query<Before>(relations);
  const before = new Map(rows.map((row) => [row.oid, row]));
  const said = new Map<number, LockMode>();
  for (const lock of locksOf(demands, facts, candidates)) {
    const isMeant = ({ name, kind }: Before): boolean =>
      lock.table === everyTable ? /[rpm]/.test(kind) : name === lock.table;
    for (const { oid } of rows.filter(isMeant))
      said.set(oid, stronger(said.get(oid) ?? lock.mode, lock.mode));
  }
  await client.query("BEGIN");
  try {
    await client.query(statement.text);
    const taken = new Map<number, LockMode>();
    for (const { oid, mode } of (await client.query<{ oid: number; mode: string }>(held)).rows) {
      const known = modeOf(mode);
      if (known !== undefined) taken.set(oid, stronger(taken.get(oid) ?? known, known));
    }
    await client.query("COMMIT");
    return { said: written(said, before), taken: written(taken, before) };
  } catch (error) {
    if (verbose) console.log(`  refused: ${(error as Error).message}: ${brief(statement.text)}`);
    await client.query("ROLLBACK");
    return "failed";
  }
}

async function measure(client: pg.Client, folder: string): Promise<Count> {
  const effects = effectsBy(await loadParser());
  const count: Count = { statements: 0, agree: 0, failed: 0, outside: 0 };
  for (const file of sqlFiles(folder)) {
    await client.query("RESET ALL");
    for (const statement of statementsOf(join(folder, file))) {
      const outcome = await compare(client, statement, effects(statement.text));
      if (typeof outcome === "string") {
        count[outcome] += 1;
        continue;
      }
      count.statements += 1;
      if (outcome.said === outcome.taken) count.agree += 1;
      else {
        console.log(`${file}: ${brief(statement.text)}`);
        console.log(`  said:  ${outcome.said}\n  taken: ${outcome.taken}`);
      }
    }
  }
  return count;
}

function brief(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}

function sqlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.sql$/.test(entry.name) && !/(^|\.)down\.sql$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function statementsOf(path: string): Statement[] {
  try {
    return [...splitStatements(readFileSync(path, "utf8").replace(/^\ufeff/, ""))];
  } catch (error) {
    console.log(`${path}: left out: ${(error as Error).message}`);
    return [];
  }
}

async function run(named: readonly string[]): Promise<number> {
  const cache = join(import.meta.dirname, "..", ".sandbox", "projects");
  const server = await startPostgres();
  try {
    const total: Count = { statements: 0, agree: 0, failed: 0, outside: 0 };
    const line = (name: string, { statements, agree, failed, outside }: Count): string =>
      `${name}: ${((agree / statements) * 100).toFixed(2)} % of ${statements} statements agree; ${failed} refused, ${outside} outside a transaction`;
    const folders = named.length > 0 ? named : fetchProjects(cache);
    for (const folder of folders) {
      const url = await server.database();
      const count = await withClient(url, { applicationName: "locks" }, (client) => measure(client, folder));
      for (const key of ["statements", "agree", "failed", "outside"] as const) total[key] += count[key];
      console.log(line(relative(cache, folder), count));
    }
    console.log(line("all", total));
    return 0;
  } finally {
    await server.close();
  }
}

let verbose = false;
runCommand({
  usage: "usage: node bench/locks.ts [--verbose] [FOLDER…]\n",
  read: () => {
    const line = readCommandLine({ verbose: { type: "boolean", default: false } }, { operands: true });
    verbose = line?.values.verbose ?? false;
    return line?.operands;
  },
  run,
});
