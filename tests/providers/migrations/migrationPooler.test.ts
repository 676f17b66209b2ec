import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { ownMigrations } from "../../support/postgres/migrations.ts";
import { findPgbouncer, startPgbouncer } from "../../support/postgres/pgbouncer.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

const command = findPgbouncer();
if (command === undefined && process.env["MESH_SIX_REQUIRE_PGBOUNCER"] === "1")
  throw new Error(
    "MESH_SIX_REQUIRE_PGBOUNCER=1, but there is no pgbouncer; install Debian's package pgbouncer",
  );
const options =
  command === undefined ? { skip: "no pgbouncer here; install Debian's package pgbouncer" } : {};

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

test("through a pooler in transaction mode it says what is wrong and stops", options, async (context) => {
  const direct = await server.database();
  const pooler = await startPgbouncer(command ?? "", "transaction", direct);
  context.after(() => pooler.close());
  const { host, pathname } = new URL(pooler.url);
  await assert.rejects(migrate({ url: pooler.url, directory: ownMigrations }), (error: Error) => {
    assert.equal(error.name, "TransactionPoolingError");
    assert.equal(
      error.message.replace(/process \d+/, "process N"),
      `database postgres@${host}${pathname}: expected one server process for the whole session, but two sessions at once share server process N: a pooler in transaction mode (PgBouncer pool_mode=transaction) loses the migration lock; connect to PostgreSQL itself or to a pool in session mode`,
    );
    return true;
  });
  assert.deepEqual(await server.rows("SELECT FROM pg_tables WHERE schemaname = 'public'", direct), []);
  // No lock stays behind in the pool.
  assert.equal((await migrate({ url: direct, directory: ownMigrations, runWait: 0 })).applied.length, 4);
});

test("notices a pooler whose busy sessions hide it, before the first statement", options, async (context) => {
  const direct = await server.database();
  const pooler = await startPgbouncer(command ?? "", "transaction", direct);
  context.after(() => pooler.close());
  const session = { applicationName: "other" };
  // Another client keeps taking and giving back server processes while the run goes on.
  await withClient(pooler.url, session, async (client) => {
    let going = true;
    const busy = (async () => {
      while (going) await client.query("SELECT pg_sleep(0.01)");
    })();
    await assert.rejects(migrate({ url: pooler.url, directory: ownMigrations }), {
      name: "TransactionPoolingError",
    });
    going = false;
    await busy;
  });
  assert.deepEqual(await server.rows("SELECT FROM pg_tables WHERE schemaname = 'public'", direct), []);
});

test("works through a pooler in session mode", options, async (context) => {
  const direct = await server.database();
  const pooler = await startPgbouncer(command ?? "", "session", direct);
  context.after(() => pooler.close());
  assert.equal((await migrate({ url: pooler.url, directory: ownMigrations })).applied.length, 4);
  assert.deepEqual((await migrate({ url: direct, directory: ownMigrations })).applied, []);
});
