import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
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
CREATE MATERIALIZED VIEW mv AS TABLE t;`;

/** Weaker ones block nobody but a change of the table itself. */
const heavy = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"];

const statements = [
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
  "DO $$ BEGIN EXECUTE 'ALTER TABLE t ADD COLUMN dyn int'; END $$",
];

describe("the locks of a statement agree with pg_locks", () => {
  for (const statement of statements)
    test(statement, async (context) => {
      const url = await server.database();
      await server.rows(there, url);
      const directory = await migrationFolder(context, { "001_a.sql": statement });
      const [said, taken] = await withClient(url, { applicationName: "locks" }, async (client) => {
        const plan = planMigrations(readMigrations(directory), await observe(client), {
          allowOutOfOrder: false,
        });
        const { files } = await reviewPlan(plan, client);
        const tables = new Set(files[0]?.locks.map(({ table, mode }) => `${mode} ${table}`));
        await client.query("BEGIN");
        // Afterwards what it dropped has no name.
        const { rows: names } = await client.query<{ oid: number; name: string }>(
          "SELECT oid::int AS oid, oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace = 'public'::regnamespace",
        );
        await client.query(statement);
        const { rows } = await client.query<{ oid: number; mode: string }>(
          "SELECT relation::int AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode = ANY ($1)",
          [heavy],
        );
        await client.query("ROLLBACK");
        const strongest = new Map<string, number>();
        for (const { oid, mode } of rows) {
          const name = names.find((relation) => relation.oid === oid)?.name;
          if (name !== undefined)
            strongest.set(name, Math.max(strongest.get(name) ?? 0, heavy.indexOf(mode)));
        }
        const words = ["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];
        const held = [...strongest].map(([name, mode]) => `${words[mode] ?? ""} ${name}`);
        // Partitions count with their table.
        const isShown = (lock: string) =>
          !/ p[1d]$/.test(lock) && !/^(ROW|SHARE UPDATE) EXCLUSIVE /.test(lock);
        return [[...tables].filter(isShown).sort(), held.filter(isShown).sort()];
      });
      assert.deepEqual(said, taken);
    });
});
