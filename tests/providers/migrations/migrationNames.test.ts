import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { planMigrations } from "../../../providers/migrations/run/plan.ts";
import { reviewPlan } from "../../../providers/migrations/review/review.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

// Spellings of an index's name in a file, and the server's name for it.
for (const [written, table, name] of [
  ["ÉTÉ_Index", "t", "ÉtÉ_index"],
  ['U&"d\\0061t\\+000061 \\\\ ""x"', "t", 'data \\ "x'],
  ['"a.b"', "s.t", "a.b"],
  ["i".repeat(70), "s.t", "i".repeat(63)],
] as const)
  test(`an index left invalid is found whatever its name: ${written} on ${table}`, async (context) => {
    const url = await server.database();
    const directory = await migrationFolder(context, {
      "001_t.sql": `CREATE SCHEMA s; CREATE TABLE ${table} (a int); INSERT INTO ${table} VALUES (1), (1)`,
      "002_index.sql": `-- mesh-six: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY ${written} ON ${table} (a)`,
    });
    await assert.rejects(migrate({ url, directory }), /SQLSTATE 23505/);
    await server.rows(`TRUNCATE ${table}`, url);
    assert.deepEqual((await migrate({ url, directory })).applied, ["002_index.sql"]);
    assert.deepEqual(
      await server.rows(
        `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON oid = indexrelid
         WHERE indrelid = '${table}'::regclass`,
        url,
      ),
      [{ name, valid: true }],
    );
  });

test("a text that the server cannot read is the file's mistake", async (context) => {
  const directory = await migrationFolder(context, { "001_zero.sql": "SELECT 1;\nSELECT E'a\\000b'" });
  await assert.rejects(migrate({ url: await server.database(), directory }), {
    message:
      '001_zero.sql: when the server read it: SQLSTATE 22021: invalid byte sequence for encoding "UTF8": 0x00; nothing of 001_zero.sql was kept; mend the file and run again',
  });
  await server.rows("CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
  const url = new URL(server.adminUrl);
  url.pathname = "/latin1";
  const smile = await migrationFolder(context, { "001_smile.sql": "SELECT '🙂'" });
  await assert.rejects(
    migrate({ url: url.href, directory: smile }),
    /^MigrationFailedError: 001_smile\.sql: when the server read it: SQLSTATE 22P05: .*; mend the file and run again$/,
  );
});

test("a preview looks for the size of what can be a table", async (context) => {
  const url = await server.database();
  await server.rows('CREATE SCHEMA "a.b"; CREATE TABLE "a.b"."c.""d" ()', url);
  const names = ["a.b.c.d", "nowhere.public.t", '""', '"a.b"."c.""d"', "i".repeat(70)];
  const directory = await migrationFolder(context, {
    "001_a.sql": names.map((name) => `ALTER TABLE ${name} ADD n int;`).join("\n"),
  });
  const nothing = { backend: 0, readOnly: true, ledger: [], application: [], applicationSchema: "public" };
  const plan = planMigrations(readMigrations(directory), nothing, { allowOutOfOrder: false });
  const { files } = await withClient(url, { applicationName: "test" }, (client) => reviewPlan(plan, client));
  assert.deepEqual(
    files[0]?.locks.map(({ table }) => table),
    ['"a.b"."c.""d"'],
  );
});

test("names a holder of the lock as far as the server lets the role see it", async (context) => {
  const url = new URL(await server.database());
  await server.rows(
    `CREATE ROLE owner LOGIN PASSWORD 'owner'; ALTER DATABASE ${url.pathname.slice(1)} OWNER TO owner`,
  );
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1" });
  await withClient(url.href, { applicationName: "theirs" }, async (client) => {
    await client.query(`SELECT pg_advisory_lock(${0x6d736978}, 1)`);
    url.username = url.password = "owner";
    await assert.rejects(
      migrate({ url: url.href, directory, runWait: 0 }),
      /but process \d+ \(theirs, user postgres\) holds it; wait for that run/,
    );
  });
});
