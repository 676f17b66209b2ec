import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { startCountingProxy } from "../../support/github/countingProxy.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const recorded = async (url: string): Promise<string[]> =>
  (await server.rows<{ name: string }>("SELECT name FROM mesh_six_infra.migrations ORDER BY name", url)).map(
    (row) => row.name,
  );
const tables = async (url: string): Promise<string[]> =>
  (
    await server.rows<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_migrations' ORDER BY 1",
      url,
    )
  ).map((row) => row.name);

const three = {
  "001_a.sql": "CREATE TABLE a (n integer UNIQUE);\n",
  "002_b.sql":
    "CREATE TABLE b ();\nINSERT INTO a VALUES (1);\n-- é\n\tINSERT INTO a\n  SELECT 1;\nSELECT 1;\n",
  "003_c.sql": "CREATE TABLE c ();\n",
};

test("a failure at statement 3 of the second of three files undoes that file and the next run goes on", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, three);
  await assert.rejects(migrate({ url, directory }), {
    name: "MigrationFailedError",
    message: `002_b.sql:4:2: SQLSTATE 23505: duplicate key value violates unique constraint "a_n_key" (Key (n)=(1) already exists.); nothing of 002_b.sql was kept; mend the file and run again
   INSERT INTO a
   ^`,
  });
  assert.deepEqual([await recorded(url), await tables(url)], [["001_a.sql"], ["a"]]);
  await writeFile(join(directory, "002_b.sql"), "CREATE TABLE b ();");
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_b.sql", "003_c.sql"]);
  assert.deepEqual(await tables(url), ["a", "b", "c"]);
});

test("an error with a position points at the word, counted in characters", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_x.sql": "CREATE TABLE t (a int);\n\nSELECT '🙂é', nix FROM t;\n",
  });
  await assert.rejects(migrate({ url, directory }), {
    message: `001_x.sql:3:14: SQLSTATE 42703: column "nix" does not exist; nothing of 001_x.sql was kept; mend the file and run again
  SELECT '🙂é', nix FROM t;
               ^`,
  });
  await writeFile(join(directory, "001_x.sql"), "CREATE TABLE t (a int);\nCREATE TABEL u ();\n");
  await assert.rejects(migrate({ url, directory }), {
    message: `001_x.sql:2:8: SQLSTATE 42601: syntax error at or near "TABEL"; nothing of 001_x.sql was kept; mend the file and run again
  CREATE TABEL u ();
         ^`,
  });
  assert.deepEqual(await tables(url), []);
});

test("refuses edited, deleted, renamed and late files, all at once, before anything runs", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_a.sql": "SELECT 1;",
    "002_b.sql": "SELECT 2;",
    "003_c.sql": "SELECT 3;",
    "005_e.sql": "SELECT 5;",
  });
  await migrate({ url, directory });
  await writeFile(join(directory, "001_a.sql"), "SELECT 10;");
  await rm(join(directory, "002_b.sql"));
  await rename(join(directory, "003_c.sql"), join(directory, "003_see.sql"));
  await writeFile(join(directory, "004_d.sql"), "CREATE TABLE d ();");
  await writeFile(join(directory, "006_f.sql"), "CREATE TABLE f ();");
  await assert.rejects(migrate({ url, directory }), (error: Error) => {
    assert.deepEqual(error.message.replaceAll(/[0-9a-f]{12}/g, "HASH").split("\n"), [
      "migrations: 5 problems, nothing was run",
      "  001_a.sql: edited after it was applied (checksum HASH in mesh_six_infra.migrations, HASH in the file); undo the edit and write a new migration, or run npm run migrations -- repair",
      "  002_b.sql: deleted after it was applied; restore the file, or run npm run migrations -- repair",
      "  003_c.sql: renamed to 003_see.sql after it was applied; give it its old name back, or run npm run migrations -- repair",
      "  003_see.sql: its number is lower than that of 005_e.sql, which is applied; renumber it or allow out-of-order migrations",
      "  004_d.sql: its number is lower than that of 005_e.sql, which is applied; renumber it or allow out-of-order migrations",
    ]);
    return true;
  });
  assert.deepEqual(await tables(url), []);
});

test("a late file runs when out-of-order migrations are allowed", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1;", "003_c.sql": "SELECT 3;" });
  await migrate({ url, directory });
  await writeFile(join(directory, "002_b.sql"), "SELECT 2;");
  await assert.rejects(migrate({ url, directory }), /002_b\.sql: its number is lower/);
  assert.deepEqual((await migrate({ url, directory, allowOutOfOrder: true })).applied, ["002_b.sql"]);
});

test("a session killed in the middle leaves whole files, and the next run goes on", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    ...three,
    "002_b.sql": "CREATE TABLE b ();\nSELECT pg_sleep(60);",
  });
  const run = migrate({ url, directory });
  const killed = assert.rejects(run, {
    name: "MigrationFailedError",
    message: `002_b.sql:2:1: SQLSTATE 57P01: terminating connection due to administrator command; nothing of 002_b.sql was kept; run again
  SELECT pg_sleep(60);
  ^`,
  });
  await until(async () => {
    const query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    return (await server.rows(query, url)).length > 0;
  });
  await killed;
  assert.deepEqual([await recorded(url), await tables(url)], [["001_a.sql"], ["a"]]);
  await writeFile(join(directory, "002_b.sql"), "CREATE TABLE b ();");
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_b.sql", "003_c.sql"]);
});

test("lock_timeout and statement_timeout bound every statement", async (context) => {
  const url = await server.database();
  await server.rows("CREATE TABLE busy ()", url);
  const directory = await migrationFolder(context, {
    "001_busy.sql": "ALTER TABLE busy ADD COLUMN n integer;",
  });
  await withClient(url, { applicationName: "reader" }, async (client) => {
    await client.query("BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE");
    await assert.rejects(migrate({ url, directory, lockTimeout: 100 }), {
      message: `001_busy.sql:1:1: SQLSTATE 55P03: canceling statement due to lock timeout; nothing of 001_busy.sql was kept; run again
  ALTER TABLE busy ADD COLUMN n integer;
  ^`,
    });
  });
  await writeFile(join(directory, "001_busy.sql"), "SELECT 1;\nSELECT pg_sleep(60);");
  await assert.rejects(
    migrate({ url, directory, statementTimeout: 1_000 }),
    /001_busy\.sql:2:1: SQLSTATE 57014/,
  );
});

test("names the holder of the lock while it waits, and gives up after the wait that is set", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, three);
  const lines: string[] = [];
  await withClient(url, { applicationName: "other run" }, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${0x6d736978}, 1)`);
    await assert.rejects(
      migrate({ url, directory, runWait: 300, progress: (line) => lines.push(line) }),
      /^Error: migrations: expected the lock within 300 ms, but process \d+ \(other run, user postgres, from 127\.0\.0\.1, connected .*\) holds it; wait for that run or end its session with pg_terminate_backend$/,
    );
  });
  assert.match(
    lines.join("\n"),
    /^waiting for another run of the migrations: process \d+ \(other run, .* holds the lock$/,
  );
  assert.deepEqual(await tables(url), []);
});

test("a constraint that was deferred fails at the commit", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_fk.sql":
      "CREATE TABLE p (n int PRIMARY KEY); CREATE TABLE c (n int REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (1)",
  });
  await assert.rejects(migrate({ url, directory }), {
    message:
      '001_fk.sql: at its commit: SQLSTATE 23503: insert or update on table "c" violates foreign key constraint "c_n_fkey" (Key (n)=(1) is not present in table "p".); nothing of 001_fk.sql was kept; mend the file and run again',
  });
  assert.deepEqual(await tables(url), []);
});

test("a connection that breaks says so, and the next run goes on", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, { ...three, "002_b.sql": "SELECT pg_sleep(60);" });
  const proxy = await startCountingProxy(server.port);
  const through = new URL(url);
  through.port = String(proxy.port);
  const broken = assert.rejects(migrate({ url: through.href, directory }), {
    message:
      "002_b.sql: the session ended while it ran: Connection terminated unexpectedly; the next run sees whether it was kept; run again",
  });
  await until(async () => {
    const query =
      "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    return (await server.rows(query, url)).length > 0;
  });
  await proxy.close();
  await broken;
  // The server notices a client that is gone when it next writes to it.
  await server.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    url,
  );
  await writeFile(join(directory, "002_b.sql"), "CREATE TABLE b ();");
  assert.deepEqual((await migrate({ url, directory })).applied, ["002_b.sql", "003_c.sql"]);
});

test("a session ended while it waits for the lock says what to do", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, three);
  await withClient(url, { applicationName: "other run" }, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${0x6d736978}, 1)`);
    let over = false;
    const ended = assert
      .rejects(migrate({ url, directory }), { message: /^migrations: .*; run again$/ })
      .finally(() => (over = true));
    await until(async () => {
      const query =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^mesh-six'";
      await server.rows(`${query} AND datname = current_database()`, url);
      return over;
    });
    await ended;
  });
});

test("a file that changes the session's settings or role harms no later file", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_path.sql":
      "CREATE SCHEMA other; SET search_path = other; CREATE TABLE o (); SET statement_timeout = 1000",
    "002_role.sql": "CREATE ROLE migration_helper; SET ROLE migration_helper",
    "003_encoding.sql":
      "SET client_encoding = 'LATIN1'; CREATE TEMP TABLE scratch (); DECLARE c CURSOR FOR TABLE scratch; PREPARE p AS SELECT 1",
    "004_strings.sql":
      "PREPARE p AS SELECT 2; SELECT set_config('standard_conforming_strings', 'off', false)",
    "005_last.sql": `CREATE TEMP TABLE scratch ();
      CREATE TABLE here AS SELECT 'é\\'::text AS text -- no semicolon, no line end`,
  });
  await migrate({ url, directory });
  assert.deepEqual(await tables(url), ["here"]);
  assert.deepEqual(await server.rows("SELECT text FROM here", url), [{ text: "é\\" }]);
  assert.equal((await recorded(url)).length, 5);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
