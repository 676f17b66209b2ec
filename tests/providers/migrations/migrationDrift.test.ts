import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { missingRelations, relationsLeft } from "../../../providers/migrations/review/expectedRelations.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/* The relations that a refresh misses in a database, compared with the server's own by their oids. */

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const inApp = "CREATE SCHEMA app; CREATE TABLE app.t (n int); CREATE INDEX i ON app.t (n);";
const nested = `CREATE TABLE p (n int, m int) PARTITION BY RANGE (n);
  CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (m);
  CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (10); CREATE INDEX p11_i ON p11 (m); CREATE INDEX p_i ON p (n);`;
const attached = `CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE q (id serial); CREATE INDEX q_i ON q (id);
  CREATE SEQUENCE q_s OWNED BY q.id; ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (1);`;

/** SQL of the files, SQL that runs beside them, and the relations that are gone then. */
const cases: readonly (readonly [sql: string, beside: string, gone: readonly string[]])[] = [
  // Indexes by the schema of their table.
  [inApp, "", []],
  [inApp, "CREATE TABLE u (n int); CREATE INDEX i ON u (n); DROP INDEX app.i", ["i"]],
  [`${inApp} CREATE TABLE u (n int); CREATE INDEX i ON u (n);`, "DROP INDEX public.i", ["i"]],
  [inApp, "DROP TABLE app.t", ["app.t"]],
  [`${inApp} ALTER TABLE app.t SET SCHEMA public;`, "DROP SCHEMA app", []],
  ["CREATE SCHEMA app; SET search_path = app; CREATE TABLE t (n int); CREATE INDEX i ON t (n)", "", []],
  [
    "CREATE SCHEMA app; SET search_path = app; CREATE TABLE t (n int)",
    "CREATE TABLE t (); DROP TABLE app.t",
    ["app.t"],
  ],
  // Partitions come and go by upkeep.
  [nested, "", []],
  [nested, "DROP TABLE p1", []],
  [nested, "ALTER TABLE p DETACH PARTITION p1; DROP TABLE p11", []],
  [nested, "DROP INDEX p_i", ["p_i"]],
  [attached, "", []],
  [attached, "DROP TABLE q", []],
  [attached, "DROP TABLE p", ["p"]],
  // Objects that go with a column or a table.
  ["CREATE TABLE t (id serial, n int); ALTER TABLE t DROP COLUMN id", "", []],
  ["CREATE TABLE t (id int); CREATE SEQUENCE s OWNED BY t.id; ALTER TABLE t DROP COLUMN id", "", []],
  [
    "CREATE TABLE t (n int); CREATE INDEX i ON t (n); ALTER TABLE t RENAME n TO m; ALTER TABLE t DROP COLUMN m",
    "",
    [],
  ],
  ["CREATE TABLE t (n int, k int); CREATE INDEX i ON t (k) WHERE n > 0; ALTER TABLE t DROP COLUMN n", "", []],
  [
    "CREATE TABLE t (n int); CREATE TABLE u () INHERITS (t); CREATE INDEX i ON u (n); DROP TABLE t CASCADE",
    "",
    [],
  ],
  [
    "CREATE TABLE t (n int); CREATE VIEW v AS TABLE t; CREATE VIEW w AS TABLE v; DROP TABLE t CASCADE",
    "",
    [],
  ],
  [
    "CREATE TABLE t (n int); CREATE MATERIALIZED VIEW v AS TABLE t; CREATE INDEX i ON v (n)",
    "DROP INDEX i",
    ["i"],
  ],
  // Names.
  [
    "CREATE TABLE t (n int); ALTER TABLE t RENAME TO u; CREATE INDEX i ON u (n); ALTER INDEX i RENAME TO j",
    "",
    [],
  ],
  [`CREATE TABLE "A.b" (n int); CREATE INDEX "I.j" ON "A.b" (n)`, "", []],
  [`CREATE TABLE "A.b" (n int)`, `DROP TABLE "A.b"`, [`"A.b"`]],
  [
    `CREATE TABLE ${"long_".repeat(16)} (n int); CREATE INDEX ${"also_".repeat(16)} ON ${"long_".repeat(16)} (n)`,
    "",
    [],
  ],
  ["CREATE TEMP TABLE t (n int); CREATE TABLE u AS TABLE t", "DROP TABLE u", ["u"]],
];

describe("a refresh misses what is gone, and nothing else", () => {
  for (const [sql, beside, gone] of cases)
    test(`${gone.join(", ") || "nothing"} after ${sql.replaceAll(/\s+/g, " ").slice(0, 90)} … ${beside}`, async (context) => {
      const url = await server.database();
      const directory = await migrationFolder(context, { "001_a.sql": sql });
      await migrate({ url, directory });
      if (beside !== "") await server.rows(beside, url);
      const left = await relationsLeft(readMigrations(directory).migrations);
      const missing = await withClient(url, { applicationName: "drift", readOnly: true }, (client) =>
        missingRelations(client, left),
      );
      assert.deepEqual(missing, gone);
    });
});
