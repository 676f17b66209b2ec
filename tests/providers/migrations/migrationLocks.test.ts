import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type pg from "pg";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { observe } from "../../../providers/migrations/ledger/ledger.ts";
import { reviewPlan } from "../../../providers/migrations/review/review.ts";
import { planMigrations } from "../../../providers/migrations/run/plan.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/* The locks that a preview shows are those that pg_locks has once the statement has run. */

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const there = `CREATE TABLE c (id int PRIMARY KEY, x int);
CREATE TABLE a (id int PRIMARY KEY, b int CONSTRAINT fk REFERENCES c, d int);
CREATE TABLE t (n int, m int); CREATE INDEX t_n ON t (n);
CREATE TABLE p (n int PRIMARY KEY, o int) PARTITION BY RANGE (n);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE pd PARTITION OF p DEFAULT;
CREATE TABLE r (n int REFERENCES p);
CREATE TYPE kind AS (q int); CREATE TABLE of_kind OF kind;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tg BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE MATERIALIZED VIEW mv AS TABLE t;
CREATE VIEW v AS SELECT n, (SELECT max(x) FROM c) AS x FROM t WHERE EXISTS (SELECT FROM a);
CREATE VIEW v_of_v AS SELECT * FROM ONLY v;
CREATE VIEW joined AS SELECT t.n, a.id FROM t, a;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO c VALUES (1); RETURN NEW; END';
CREATE TRIGGER tv INSTEAD OF INSERT ON joined FOR EACH ROW EXECUTE FUNCTION instead();
CREATE SCHEMA s; CREATE SEQUENCE s."Counts"; CREATE STATISTICS s.stats ON n, m FROM t;`;

const modes = [
  "RowExclusiveLock",
  "ShareUpdateExclusiveLock",
  "ShareLock",
  "ShareRowExclusiveLock",
  "ExclusiveLock",
  "AccessExclusiveLock",
];

/** Compared with the weak modes too, which block nobody but a change of the table itself. */
const weak = [
  "INSERT INTO v (n) VALUES (1)",
  "UPDATE v_of_v SET n = 2",
  "WITH gone AS (DELETE FROM v_of_v RETURNING n) SELECT n FROM gone",
  "MERGE INTO v USING c ON v.n = c.id WHEN MATCHED THEN DELETE",
  "SELECT nextval('s.\"Counts\"')",
  "SELECT pg_catalog.setval('s.\"Counts\"'::regclass, 9, true)",
  "INSERT INTO t VALUES (nextval('s.\"Counts\"'), 1)",
  "DO $$ BEGIN PERFORM nextval('s.\"Counts\"'); END $$",
  "ANALYZE t",
  "ANALYZE",
  "DROP STATISTICS s.stats",
  "SET search_path = s; DROP STATISTICS stats",
];

const strong = [
  "ALTER TABLE a DROP COLUMN d, ADD FOREIGN KEY (id) REFERENCES c",
  "ALTER TABLE a DROP CONSTRAINT fk",
  "ALTER TABLE c ALTER COLUMN id TYPE bigint",
  "WITH gone AS (DELETE FROM t RETURNING n) SELECT n FROM gone",
  "TRUNCATE r, ONLY t",
  "TRUNCATE c CASCADE",
  "CREATE RULE ru AS ON INSERT TO t DO ALSO NOTIFY x",
  "ALTER TABLE p DETACH PARTITION p1",
  "ALTER TABLE t ADD COLUMN u int UNIQUE",
  "ALTER TABLE a RENAME CONSTRAINT fk TO fk2",
  "ALTER INDEX t_n RENAME TO t_m",
  "ALTER TYPE kind ADD ATTRIBUTE s int CASCADE",
  "ALTER TYPE kind RENAME ATTRIBUTE q TO w CASCADE",
  "DROP FUNCTION f() CASCADE",
  "REFRESH MATERIALIZED VIEW mv",
  "DO $$ DECLARE x text = 'postgres'; BEGIN EXECUTE 'ALTER TABLE t OWNER TO ' || quote_ident(x); END $$",
  "DO $$ BEGIN EXECUTE format('ALTER TABLE t ADD %I text DEFAULT %L', 'q', 'it''s'); END $$",
  "LOCK v IN SHARE MODE",
  "LOCK v_of_v, joined IN EXCLUSIVE MODE",
  "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN dyn int'; END $$",
];

describe("the locks of a statement agree with pg_locks", () => {
  for (const [statements, from] of [
    [strong, 2],
    [weak, 0],
  ] as const)
    for (const statement of statements)
      test(statement, async (context) => {
        const url = await server.database();
        await server.rows(there, url);
        const directory = await migrationFolder(context, { "001_a.sql": statement });
        const [said, taken] = await withClient(url, { applicationName: "locks" }, async (client) => [
          await locksSaid(client, directory, modes.slice(from)),
          await locksTaken(client, statement, modes.slice(from)),
        ]);
        assert.deepEqual(said, taken);
        assert.ok(taken.length > 0 || !weak.includes(statement));
      });
});

/** `CREATE TABLE` of the test and what it makes, as people name it; partitions count with their table. */
const relations = `SELECT oid::int AS oid, oid::regclass::text AS name, relkind AS kind FROM pg_class
  WHERE relkind IN ('r', 'p', 'm', 'v', 'S') AND NOT relispartition AND relnamespace IN ('public'::regnamespace, 's'::regnamespace)`;

interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly kind: string;
}

/** The locks that the preview shows, as `ExclusiveLock t`. */
async function locksSaid(client: pg.Client, directory: string, of: readonly string[]): Promise<string[]> {
  const plan = planMigrations(readMigrations(directory), await observe(client), { allowOutOfOrder: false });
  const { rows } = await client.query<Relation>(relations);
  const { files } = await reviewPlan(plan, client);
  const locks = (files[0]?.locks ?? []).flatMap(({ table, mode }) => {
    const word = `${mode.replaceAll(/[A-Z]+ ?/g, (part) => part.charAt(0) + part.slice(1).toLowerCase().trim())}Lock`;
    if (!of.includes(word)) return [];
    const meant = rows.filter(({ name, kind }) =>
      table === "every table" ? /[rpm]/.test(kind) : name === table,
    );
    return meant.map(({ name }) => `${word} ${name}`);
  });
  return [...new Set(locks)].sort();
}

/** Those that the server takes: of each relation the strongest. */
async function locksTaken(client: pg.Client, statement: string, of: readonly string[]): Promise<string[]> {
  await client.query("BEGIN");
  // Afterwards what it dropped has no name.
  const { rows: there } = await client.query<Relation>(relations);
  await client.query(statement);
  const { rows } = await client.query<{ oid: number; mode: string }>(
    "SELECT relation::int AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode = ANY ($1)",
    [of],
  );
  await client.query("ROLLBACK");
  const strongest = new Map<string, number>();
  for (const { oid, mode } of rows) {
    const name = there.find((relation) => relation.oid === oid)?.name;
    if (name !== undefined) strongest.set(name, Math.max(strongest.get(name) ?? 0, of.indexOf(mode)));
  }
  return [...strongest].map(([name, mode]) => `${of[mode] ?? ""} ${name}`).sort();
}
