import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const marker = "-- mesh-six: no-transaction\n";
const tables = `CREATE TABLE t (a integer, b integer); CREATE INDEX t_a ON t (b);
CREATE TABLE log (n integer) PARTITION BY RANGE (n); CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (2);`;

// Each fails for a mistake, and what it names looks afterwards as if it had been done.
for (const [refused, code, mended] of [
  ["CREATE INDEX CONCURRENTLY t_a ON t (a)", "42P07", "CREATE INDEX CONCURRENTLY t_a2 ON t (a)"],
  ["DROP INDEX CONCURRENTLY ta", "42704", "DROP INDEX CONCURRENTLY t_a"],
  ["ALTER TABLE log DETACH PARTITION log1 CONCURRENTLY", "42P01", "ALTER TABLE log DETACH PARTITION log_1"],
] as const) {
  test(`is refused by every run until it is mended: ${refused}`, async (context) => {
    const url = await server.database();
    const directory = await migrationFolder(context, {
      "001_t.sql": tables,
      "002_alone.sql": `${marker}${refused};`,
    });
    for (let run = 1; run <= 3; run += 1)
      await assert.rejects(
        migrate({ url, directory }),
        new RegExp(String.raw`002_alone\.sql:2:1: SQLSTATE ${code}`),
      );
    await writeFile(join(directory, "002_alone.sql"), `${marker}${mended};`);
    assert.deepEqual((await migrate({ url, directory })).applied, ["002_alone.sql"]);
  });
}

test("a file that stopped may be mended again when it stops again further on", async (context) => {
  const url = await server.database();
  const text = (second: string, third: string): string =>
    `${marker}CREATE TABLE t (n int);\nINSERT INTO ${second} VALUES (2);\nSELECT ${third};`;
  const directory = await migrationFolder(context, { "001_t.sql": text("typo", "1 / 0") });
  await assert.rejects(migrate({ url, directory }), /001_t\.sql:3:13: SQLSTATE 42P01/);
  await writeFile(join(directory, "001_t.sql"), text("t", "1 / 0"));
  await assert.rejects(migrate({ url, directory }), /001_t\.sql:4:1: SQLSTATE 22012/);
  await writeFile(join(directory, "001_t.sql"), text("typo", "1"));
  await assert.rejects(migrate({ url, directory }), /statement 2 was edited after it was done/);
  await writeFile(join(directory, "001_t.sql"), text("t", "1"));
  assert.deepEqual((await migrate({ url, directory })).applied, ["001_t.sql"]);
  assert.deepEqual((await migrate({ url, directory })).applied, []);
  assert.deepEqual(await server.rows("SELECT n FROM t", url), [{ n: 2 }]);
});
