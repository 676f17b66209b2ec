import type pg from "pg";
import type { Migration } from "../files/files.ts";
import { locksOf } from "./locks.ts";
import { has, keywords, nameAt, type Statement } from "../files/statements.ts";

/** How big a table is now. */
export interface TableSize {
  /** Of the table with its indexes and partitions, in bytes. */
  readonly bytes: number;
  /** As the server estimates them; undefined when it was never analysed. */
  readonly rows: number | undefined;
}

/** Sizes of the tables that the migrations lock, by the name they use; tables not there yet are left out. */
export async function tableSizes(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<Map<string, TableSize>> {
  const statements = migrations.flatMap((migration) => migration.statements);
  const locked = statements.flatMap((statement) => locksOf(statement).map((lock) => lock.table));
  const names = [...new Set(locked)].filter(canBeLookedUp);
  if (names.length === 0) return new Map();
  const { rows } = await client.query<{ name: string; bytes: string; rows: string | null }>(
    `SELECT name, sum(pg_total_relation_size(relid)) AS bytes,
       CASE WHEN bool_and(reltuples >= 0) THEN sum(reltuples)::bigint END AS rows
     FROM unnest($1::text[]) AS name,
       LATERAL (SELECT to_regclass(name) AS root) AS found,
       LATERAL (SELECT relid FROM pg_partition_tree(root) WHERE isleaf
                UNION SELECT root WHERE root IS NOT NULL) AS parts
       JOIN pg_class ON pg_class.oid = relid AND relkind <> 'p'
     GROUP BY name`,
    [names],
  );
  return new Map(
    rows.map((row) => [
      row.name,
      { bytes: Number(row.bytes), rows: row.rows === null ? undefined : Number(row.rows) },
    ]),
  );
}

/** The server ends the query over a name with more parts than schema and table: it has no size to be shown. */
function canBeLookedUp(name: string): boolean {
  return name.replaceAll(/"(?:[^"]|"")*"/g, "").split(".").length < 3;
}

/** The relations that are there once the files are applied in order: created, and not dropped, renamed or moved. */
export function relationsOf(migrations: readonly Migration[]): string[] {
  /** Each relation, and for an index the table it goes with. */
  const relations = new Map<string, string | undefined>();
  for (const statement of migrations.flatMap((migration) => migration.statements)) {
    const words = keywords(statement);
    const created = createdRelation(statement, words);
    if (created !== undefined) relations.set(created, locksOf(statement)[0]?.table);
    const alters =
      has(words, 0, "ALTER") &&
      (["DROP", "RENAME"].some((word) => words.includes(word)) ||
        has(words, words.indexOf("SET"), "SET", "SCHEMA"));
    if (!alters && !has(words, 0, "DROP")) continue;
    // What CASCADE took along cannot be told from the text.
    if (words.includes("CASCADE") || has(words, 1, "SCHEMA")) relations.clear();
    const touched = new Set(namesIn(statement));
    for (const [name, table] of relations) {
      const altersTableOnly = alters && words.includes("COLUMN") && name === nameAt(statement, 2)?.name;
      if ((touched.has(name) && !altersTableOnly) || (table !== undefined && touched.has(table)))
        relations.delete(name);
    }
  }
  return [...relations.keys()];
}

function createdRelation(statement: Statement, words: readonly string[]): string | undefined {
  if (!has(words, 0, "CREATE")) return undefined;
  let at = 1;
  if (has(words, at, "UNIQUE|UNLOGGED|MATERIALIZED")) at += 1;
  if (has(words, at, "OR", "REPLACE")) at += 2;
  if (!has(words, at, "TABLE|INDEX|VIEW|SEQUENCE")) return undefined;
  at += 1;
  if (words[at] === "CONCURRENTLY") at += 1;
  if (has(words, at, "IF", "NOT", "EXISTS")) at += 3;
  return words[at] === "ON" ? undefined : nameAt(statement, at)?.name;
}

function namesIn(statement: Statement): string[] {
  return statement.tokens.flatMap((_, at) => nameAt(statement, at)?.name ?? []);
}

/** Those of the relations that the database does not have. */
export async function missingRelations(client: pg.Client, relations: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name",
    [relations],
  );
  return rows.map((row) => row.name);
}
