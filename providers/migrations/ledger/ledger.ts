import { readFileSync } from "node:fs";
import pg from "pg";
import { errorCode } from "../../../lib/postgres/postgres.ts";
import { ProblemError } from "../../../lib/text/problem.ts";
import type { Migration } from "../files/files.ts";
import { Literal, type Sql } from "../files/sql.ts";
import { stayIdle } from "../run/migrationSession.ts";
import { explained } from "../run/sqlError.ts";

/** One row of this program's ledger. */
export interface LedgerRow {
  readonly name: string;
  readonly checksum: string;
  /** Digest of the text that was applied, see Migration. */
  readonly digest: string;
  /** False while a file without a transaction is under way or was interrupted. */
  readonly finished: boolean;
  /** The number of statements of such a file that are done. */
  readonly completedStatements: number;
}

/** The ledgers and the schema, as the database shows them. */
export interface Observation {
  /** The server process that answered. */
  readonly backend: number;
  /** Whether the server refuses every write of this session. */
  readonly readOnly: boolean;
  /** Rows of this program's ledger; undefined when there is no ledger yet. */
  readonly ledger: readonly LedgerRow[] | undefined;
  /** The names in the application's `_migrations`; undefined when that table is not there. */
  readonly application: readonly string[] | undefined;
  /** Schema of `_migrations`, present or future, quoted. */
  readonly applicationSchema: string;
}

/** The origin of a row in the ledger. */
export type Origin = "applied" | "adopted" | "baseline" | "repaired";

export const ledgerTable = "mesh_six_infra.migrations";

// One text, for building JSON objects takes the server and the client several times as long. No column holds white
// space: names are those of migration files, the rest is hex and numbers.
const ledgerColumns = `(SELECT coalesce(string_agg(concat_ws(' ', name, checksum, digest,
  (applied_at IS NOT NULL)::integer, completed_statements), E'\\n'), '')
  FROM ${ledgerTable}) AS ledger`;
const applicationNames = "(SELECT coalesce(json_agg(name), '[]') FROM _migrations) AS application";
const session = `pg_backend_pid() AS backend, current_setting('transaction_read_only')::boolean AS "readOnly", coalesce((SELECT relnamespace::regnamespace::text
  FROM pg_class WHERE oid = to_regclass('_migrations')), quote_ident(current_schema())) AS "applicationSchema"`;

/** The row of one round trip. */
interface Answer extends Omit<Observation, "ledger" | "application" | "applicationSchema"> {
  readonly ledger: string | null;
  readonly application: readonly string[] | null;
  readonly applicationSchema: string | null;
}

/** Reads both ledgers: one round trip where both exist, whatever the number of files. */
export async function observe(client: pg.Client): Promise<Observation> {
  return read(client).catch((error: unknown) => {
    throw explained(error);
  });
}

async function read(client: pg.Client): Promise<Observation> {
  const select = async (columns: string[]): Promise<Observation> => {
    const text = `${stayIdle}; SELECT ${[session, ...columns].join(", ")}`;
    const results = (await client.query(text)) as unknown as pg.QueryResult<Answer>[];
    const row = results.at(-1)?.rows[0];
    if (!row) throw new Error("ledger: expected one row, got none");
    const { applicationSchema } = row;
    if (applicationSchema === null)
      throw new ProblemError({
        said: "migrations: expected a schema to make tables in, got none on the search_path that this role may use",
        remedy: "create schema public, or name another by ALTER ROLE … SET search_path",
      });
    const ledger = row.ledger === null ? undefined : ledgerRows(row.ledger);
    return { ...row, ledger, application: row.application ?? undefined, applicationSchema };
  };
  try {
    return await select([ledgerColumns, applicationNames]);
  } catch (error) {
    if (!isMissingTable(error)) throw error;
  }
  const { rows } = await client.query<{ ledger: boolean; application: boolean }>(
    `SELECT to_regclass('${ledgerTable}') IS NOT NULL AS ledger, to_regclass('_migrations') IS NOT NULL AS application`,
  );
  return select([
    rows[0]?.ledger ? ledgerColumns : "NULL AS ledger",
    rows[0]?.application ? applicationNames : "NULL AS application",
  ]);
}

/** Whether one of the ledgers is not there yet: undefined_table, invalid_schema_name. */
export function isMissingTable(error: unknown): boolean {
  return ["42P01", "3F000"].includes(errorCode(error));
}

function ledgerRows(text: string): LedgerRow[] {
  if (text === "") return [];
  return text.split("\n").map((line) => {
    const [name = "", checksum = "", digest = "", finished, completed] = line.split(" ");
    return { name, checksum, digest, finished: finished === "1", completedStatements: Number(completed) };
  });
}

/**
 * Both tables, each only where it is missing. The ledger has a schema of its own, so that nothing of the
 * application can stand in its way; `_migrations` is the application's, to the letter.
 */
export function createLedgers(applicationSchema: string): string {
  return `CREATE SCHEMA IF NOT EXISTS mesh_six_infra;
CREATE TABLE IF NOT EXISTS ${ledgerTable} (
  name text PRIMARY KEY,
  checksum text NOT NULL,
  digest text NOT NULL,
  sql text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('applied', 'adopted', 'baseline', 'repaired')),
  applied_at timestamptz,
  duration_ms integer,
  applied_by text NOT NULL DEFAULT session_user,
  program_version text NOT NULL,
  completed_statements integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE ${ledgerTable} IS
  'Migrations applied by mesh-six-infra. sql is the text that ran. While a file without a transaction is under way, applied_at is null, and duration_ms is 0 where a statement is under way of which only its end tells whether it is done.';
CREATE TABLE IF NOT EXISTS ${applicationSchema}._migrations (
  id serial PRIMARY KEY,
  name text UNIQUE NOT NULL,
  applied_at timestamptz DEFAULT now()
);`;
}

/** The statement that records a file as applied, with the time since its transaction began. */
export function recordFinished(migration: Migration, origin: Origin): Sql {
  const took = "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::integer";
  return insertRow(migration, origin, "clock_timestamp()", took, migration.statements.length);
}

/** The statement that records a file without a transaction as begun. */
export function recordBegun(migration: Migration): Sql {
  return insertRow(migration, "applied", "NULL", "NULL", 0);
}

function insertRow(
  migration: Migration,
  origin: Origin,
  appliedAt: string,
  duration: string,
  completed: number,
): Sql {
  const { name, checksum, digest, sql } = migration;
  const literals = [name, checksum, digest, sql, origin, programVersion].map((text) => new Literal(text));
  return [
    `INSERT INTO ${ledgerTable} (name, checksum, digest, sql, origin, program_version, applied_at, duration_ms, completed_statements)\nVALUES (`,
    literals.flatMap((literal) => [literal, ", "]),
    `${appliedAt}, ${duration}, ${completed})`,
  ];
}

/**
 * The statement that tells the application's runner that these files are applied. A table made by hand may lack the
 * unique constraint, so that a conflict alone would not keep a name from being there twice.
 */
export function announce(applicationSchema: string, names: readonly string[]): string {
  const values = names.map((name) => `(${pg.escapeLiteral(name)})`).join(", ");
  const table = `${applicationSchema}._migrations`;
  return `INSERT INTO ${table} (name) SELECT name FROM (VALUES ${values}) AS new (name)
WHERE NOT EXISTS (SELECT FROM ${table} AS known WHERE known.name = new.name)`;
}

/**
 * The statement that brings the sequence of `_migrations` past its ids. Rows that were put in by hand with theirs leave
 * it behind, and the next name would be refused. A table without such a sequence is left as it is.
 */
export function passIds(applicationSchema: string): string {
  const table = pg.escapeLiteral(`${applicationSchema}._migrations`);
  return `SELECT setval(sequence, highest) FROM pg_attribute,
  LATERAL (SELECT pg_get_serial_sequence(${table}, attname)::regclass AS sequence) AS owned,
  LATERAL (SELECT max((to_jsonb(known) ->> 'id')::bigint) AS highest
    FROM ${applicationSchema}._migrations AS known WHERE sequence IS NOT NULL) AS ids
WHERE attrelid = ${table}::regclass AND attname = 'id' AND NOT attisdropped
  AND has_sequence_privilege(sequence, 'UPDATE') AND highest > coalesce(pg_sequence_last_value(sequence), 0)`;
}

export const programVersion = (
  JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }
).version;
