import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { baseline } from "../../../providers/migrations/ledger/commands.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/* Time limits of a role or a database for long transactions, as migrations are. */

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
  await server.rows("CREATE ROLE hurried SUPERUSER LOGIN PASSWORD 'hurried'");
  for (const timeout of ["transaction", "statement", "idle_in_transaction_session"])
    await server.rows(`ALTER ROLE hurried SET ${timeout}_timeout = '300ms'`);
});
after(() => server.close());

async function hurried(): Promise<string> {
  const url = new URL(await server.database());
  url.username = url.password = "hurried";
  return url.href;
}

const slow = "SELECT pg_sleep(0.6);";
/** A file of more than one message. */
const long = `CREATE TABLE t (n text);\n${`INSERT INTO t VALUES ('${"x".repeat(900)}');\n`.repeat(2_500)}`;

describe("the timeouts of a role", () => {
  test("do not end a file in a transaction", async (context) => {
    const directory = await migrationFolder(context, { "001_a.sql": slow, "002_b.sql": `${long}${slow}` });
    assert.deepEqual((await migrate({ url: await hurried(), directory })).applied, [
      "001_a.sql",
      "002_b.sql",
    ]);
  });

  test("do not end a file without one", async (context) => {
    const directory = await migrationFolder(context, {
      "001_a.sql": `-- mesh-six: no-transaction\nCREATE TABLE t (n integer);\n${slow}\nCREATE INDEX CONCURRENTLY i ON t (n);`,
    });
    assert.deepEqual((await migrate({ url: await hurried(), directory })).applied, ["001_a.sql"]);
  });

  test("do not end a rehearsal, however many statements it has", async (context) => {
    const tables = Array.from({ length: 400 }, (_, at) => `CREATE TABLE t${at} (n integer PRIMARY KEY);`);
    const directory = await migrationFolder(context, { "001_a.sql": tables.join("\n") });
    const url = await hurried();
    const owner = new URL(server.adminUrl);
    owner.pathname = new URL(url).pathname;
    await server.rows(tables.join("\n"), owner.href);
    const lines: string[] = [];
    const progress = (line: string) => void lines.push(line);
    await baseline({ url, directory, write: false, progress }, undefined);
    assert.deepEqual(lines, ["001_a.sql: counts as applied from now on, without being run"]);
  });

  test("do not end a session that waits for another run, or is idle between two files", async (context) => {
    const url = await hurried();
    const owner = new URL(server.adminUrl);
    owner.pathname = new URL(url).pathname;
    await server.rows(
      `ALTER ROLE hurried IN DATABASE ${owner.pathname.slice(1)} SET idle_session_timeout = '1s'`,
    );
    const lifted = `DO $$ BEGIN ASSERT current_setting('idle_session_timeout') = '0'; END $$;`;
    const directory = await migrationFolder(context, { "001_a.sql": lifted, "002_b.sql": lifted });
    const another = new pg.Client({ connectionString: owner.href });
    await another.connect();
    context.after(() => another.end());
    await another.query(`SELECT pg_advisory_lock(${0x6d736978}, 1)`);
    // Between two looks for the lock there is at last more than that second.
    const release = setTimeout(() => void another.query("SELECT pg_advisory_unlock_all()"), 3_000);
    context.after(() => clearTimeout(release));
    assert.deepEqual((await migrate({ url, directory })).applied, ["001_a.sql", "002_b.sql"]);
  });

  test("are named where the file sets one itself", async (context) => {
    const url = await hurried();
    for (const marker of ["", "-- mesh-six: no-transaction\n"]) {
      const directory = await migrationFolder(context, {
        "001_a.sql": `${marker}SET transaction_timeout = '100ms';\n${slow}\n`,
      });
      await assert.rejects(
        migrate({ url, directory }),
        /001_a\.sql.*SQLSTATE 25P04: terminating connection due to transaction timeout; .*transaction_timeout ended it: take it out of the file, or ALTER ROLE … SET transaction_timeout = 0, and run again/,
        marker,
      );
    }
  });
});
