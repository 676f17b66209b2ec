import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const marker = "-- mesh-six: no-transaction\n";
const indexes = (url: string): Promise<{ name: string; valid: boolean }[]> =>
  server.rows(
    `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = 't'::regclass ORDER BY 1`,
    url,
  );
const progress = (url: string): Promise<{ done: number; finished: boolean }[]> =>
  server.rows(
    `SELECT completed_statements AS done, applied_at IS NOT NULL AS finished
     FROM mesh_six_infra.migrations WHERE name = '002_index.sql'`,
    url,
  );

const table = { "001_t.sql": "CREATE TABLE t (a integer, b integer); INSERT INTO t VALUES (1, 1), (1, 2);" };

test("a marked file runs statement by statement and is recorded like any other", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    ...table,
    "002_index.sql": `${marker}CREATE INDEX CONCURRENTLY t_a ON t (a);\nVACUUM t;\nALTER TABLE t ADD c integer;\nDROP INDEX CONCURRENTLY t_a;`,
  });
  assert.deepEqual((await migrate({ url, directory })).applied, ["001_t.sql", "002_index.sql"]);
  assert.deepEqual(await progress(url), [{ done: 4, finished: true }]);
  assert.deepEqual(await indexes(url), []);
  assert.deepEqual(await server.rows("SELECT name FROM _migrations ORDER BY id", url), [
    { name: "001_t.sql" },
    { name: "002_index.sql" },
  ]);
  assert.deepEqual((await migrate({ url, directory })).applied, []);
});

test("an index left invalid by an interrupted run is dropped and built again, what was done is not repeated", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    ...table,
    "002_index.sql": `${marker}INSERT INTO t VALUES (2, 3);\nCREATE UNIQUE INDEX CONCURRENTLY t_a ON public.t (a);\nINSERT INTO t VALUES (3, 4);`,
  });
  await assert.rejects(migrate({ url, directory }), {
    message: `002_index.sql:3:1: SQLSTATE 23505: could not create unique index "t_a" (Key (a)=(1) is duplicated.); the statements before it stay done and the next run goes on from here; mend the file and run again
  CREATE UNIQUE INDEX CONCURRENTLY t_a ON public.t (a);
  ^`,
  });
  assert.deepEqual(await indexes(url), [{ name: "t_a", valid: false }]);
  assert.deepEqual(await progress(url), [{ done: 1, finished: false }]);
  await server.rows("DELETE FROM t WHERE b = 2", url);
  const lines: string[] = [];
  assert.deepEqual((await migrate({ url, directory, progress: (line) => lines.push(line) })).applied, [
    "002_index.sql",
  ]);
  assert.deepEqual(lines, [
    "002_index.sql: goes on after statement 1 of 3",
    "002_index.sql: drops the invalid index t_a of an interrupted run and builds it again",
    "applied 002_index.sql",
  ]);
  assert.deepEqual(await indexes(url), [{ name: "t_a", valid: true }]);
  assert.deepEqual(await server.rows("SELECT a, b FROM t ORDER BY b", url), [
    { a: 1, b: 1 },
    { a: 2, b: 3 },
    { a: 3, b: 4 },
  ]);
});

test("an index that was built but not counted is not built twice", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    ...table,
    "002_index.sql": `${marker}CREATE INDEX CONCURRENTLY t_a ON t (a);\nDROP INDEX CONCURRENTLY t_b;`,
  });
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:3:1: SQLSTATE 42704/);
  // As a run leaves it that is killed after the server's work and before its own note of it.
  await server.rows(
    "UPDATE mesh_six_infra.migrations SET completed_statements = 0, duration_ms = 0 WHERE applied_at IS NULL",
    url,
  );
  await server.rows("CREATE INDEX t_b ON t (b)", url);
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
  assert.deepEqual(await indexes(url), [{ name: "t_a", valid: true }]);
});

test("a file that was interrupted goes on where it stopped though its marker is taken away", async (context) => {
  const url = await server.database();
  const statements = (last: string) => `INSERT INTO t VALUES (7, 7);\n${last};`;
  const directory = await migrationFolder(context, {
    ...table,
    "002_index.sql": marker + statements("SELECT 1 / 0"),
  });
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:3:1: SQLSTATE 22012/);
  await writeFile(join(directory, "002_index.sql"), statements("SELECT 1"));
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
  assert.deepEqual(await server.rows("SELECT count(*)::int FROM t WHERE a = 7", url), [{ count: 1 }]);
});

test("a detachment that stopped half-way is finished", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_t.sql":
      "CREATE TABLE t (a integer) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); INSERT INTO t VALUES (1)",
  });
  await migrate({ url, directory });
  await writeFile(
    join(directory, "002_index.sql"),
    `${marker}ALTER TABLE t DETACH PARTITION t1 CONCURRENTLY`,
  );
  await withClient(url, { applicationName: "reader" }, async (client) => {
    await client.query("BEGIN; SELECT * FROM t");
    await assert.rejects(migrate({ url, directory, lockTimeout: 300 }), /002_index\.sql:2:1: SQLSTATE 55P03/);
  });
  assert.deepEqual(await server.rows("SELECT inhdetachpending AS pending FROM pg_inherits", url), [
    { pending: true },
  ]);
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
  assert.deepEqual(await server.rows("SELECT FROM pg_inherits", url), []);
  assert.deepEqual(await server.rows("SELECT a FROM t1", url), [{ a: 1 }]);
});

test("a file that stopped may be mended from there on, not before", async (context) => {
  const url = await server.database();
  const text = (first: string, second: string): string => `${marker}${first};\n${second};\nVACUUM t;`;
  const directory = await migrationFolder(context, {
    ...table,
    "002_index.sql": text("INSERT INTO t VALUES (5, 5)", "CREATE INDEX CONCURRENTLY t_a ON t (typo)"),
  });
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:3:1: SQLSTATE 42703/);
  const mended = "CREATE INDEX CONCURRENTLY t_a ON t (a)";
  await writeFile(join(directory, "002_index.sql"), text("INSERT INTO t VALUES (6, 6)", mended));
  await assert.rejects(migrate({ url, directory }), {
    message:
      "migrations: 1 problem, nothing was run\n  002_index.sql: statement 1 was edited after it was done; undo that, and mend only what comes after statement 1",
  });
  await writeFile(join(directory, "002_index.sql"), text("INSERT INTO t VALUES (5, 5)", mended));
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
  assert.deepEqual((await migrate({ url, directory })).applied, []);
  assert.deepEqual(await server.rows("SELECT count(*)::int FROM t WHERE a = 5", url), [{ count: 1 }]);
});

test("keeps a file's settings for its later statements, after an interruption too, and not beyond", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_schema.sql": "CREATE SCHEMA other; CREATE TABLE other.t (a integer)",
    "002_index.sql": `${marker}SET search_path = other;\nSET lock_timeout = '7s';\nCREATE INDEX CONCURRENTLY t_a ON t (typo);`,
    "003_here.sql": "CREATE TABLE here AS SELECT current_setting('lock_timeout') AS waits",
  });
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:4:1: SQLSTATE 42703/);
  await writeFile(
    join(directory, "002_index.sql"),
    `${marker}SET search_path = other;\nSET lock_timeout = '7s';\nCREATE INDEX CONCURRENTLY t_a ON t (a);
CREATE TABLE noted AS SELECT current_setting('lock_timeout') AS waits;`,
  );
  await migrate({ url, directory });
  assert.deepEqual(
    await server.rows("SELECT waits FROM other.noted UNION ALL SELECT waits FROM public.here", url),
    [{ waits: "7s" }, { waits: "10s" }],
  );
});

test("a procedure may commit, one that failed is called again, one that was interrupted waits for a person", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_p.sql": `CREATE TABLE t (n integer);
CREATE PROCEDURE fill(upto integer) LANGUAGE plpgsql AS $$
BEGIN FOR n IN 1 .. upto LOOP INSERT INTO t VALUES (n); COMMIT; PERFORM 1 / (upto - n - 1); END LOOP; END $$;`,
    "002_index.sql": `${marker}CALL fill(2);`,
  });
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:2:1: SQLSTATE 22012/);
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:2:1: SQLSTATE 22012/);
  assert.deepEqual(await server.rows("SELECT n FROM t", url), [{ n: 1 }, { n: 1 }]);
  await writeFile(
    join(directory, "002_index.sql"),
    `${marker}DO $$ BEGIN COMMIT; PERFORM pg_sleep(60); END $$;`,
  );
  const killed = assert.rejects(migrate({ url, directory }), /002_index\.sql:2:1: SQLSTATE 57P01/);
  for (let ended = 0; ended === 0;)
    ended = (
      await server.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
        url,
      )
    ).length;
  await killed;
  await assert.rejects(migrate({ url, directory }), /perhaps done, perhaps not; look, then record it/);
});

test("names the marker for code that ends transactions", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, { "001_do.sql": "DO $$ BEGIN COMMIT; END $$" });
  await assert.rejects(
    migrate({ url, directory }),
    /SQLSTATE 2D000: .*; nothing of 001_do\.sql was kept; put "-- mesh-six: no-transaction" on the file's first line and run again\n/,
  );
});

test("removes the leftovers of an interrupted reindexing and a failed index, whatever their names", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_t.sql":
      'CREATE TABLE "order" (a integer); CREATE INDEX "select" ON "order" (a); INSERT INTO "order" VALUES (1), (1)',
    "002_index.sql": `${marker}REINDEX INDEX CONCURRENTLY "select";\nCREATE UNIQUE INDEX CONCURRENTLY "user" ON "order" (a);`,
  });
  const states = () =>
    server.rows(
      `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = '"order"'::regclass ORDER BY 1`,
      url,
    );
  await migrate({
    url,
    directory: await migrationFolder(context, { "001_t.sql": await readFile(join(directory, "001_t.sql")) }),
  });
  await withClient(url, { applicationName: "writer" }, async (client) => {
    await client.query('BEGIN; INSERT INTO "order" VALUES (2)');
    await assert.rejects(migrate({ url, directory, lockTimeout: 300 }), /002_index\.sql:2:1: SQLSTATE 55P03/);
  });
  assert.deepEqual(await states(), [
    { name: "select", valid: true },
    { name: "select_ccnew", valid: false },
  ]);
  await assert.rejects(migrate({ url, directory }), /002_index\.sql:3:1: SQLSTATE 23505/);
  assert.deepEqual(await states(), [
    { name: "select", valid: true },
    { name: "user", valid: false },
  ]);
  await server.rows('TRUNCATE "order"', url);
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
  assert.deepEqual(await states(), [
    { name: "select", valid: true },
    { name: "user", valid: true },
  ]);
});
