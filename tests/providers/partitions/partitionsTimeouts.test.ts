import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keepUp } from "../../../providers/partitions/runUpkeep.ts";
import { defaultPartition, defaults, event, eventLogDatabase } from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";
import { upkeepByPsql, withoutPsql } from "../../support/postgres/psql.ts";

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
  await server.rows("CREATE ROLE hurried SUPERUSER LOGIN PASSWORD 'hurried'");
  for (const timeout of ["transaction", "statement", "idle_session", "idle_in_transaction_session"])
    await server.rows(`ALTER ROLE hurried SET ${timeout}_timeout = '300ms'`);
});
after(() => server.close());

const settings = { ...defaults, monthsAhead: 1 };

/** A log whose rows take longer to be moved than the role gives a transaction; `also` runs before each moved row. */
async function slowLog(also = ""): Promise<{ readonly url: string; readonly hurried: string }> {
  const slow = `CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN ${also} PERFORM pg_sleep(0.6); RETURN true; END $$`;
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    event("now"),
    slow,
    // Checked where the rows go to.
    "ALTER TABLE mesh_six_events ADD CONSTRAINT slow CHECK (slow()) NOT VALID",
  );
  const hurried = new URL(url);
  hurried.username = hurried.password = "hurried";
  return { url, hurried: hurried.href };
}

const left = (url: string) => server.rows("SELECT FROM mesh_six_events_default", url);

test("the timeouts of a role do not end the moving of rows", async () => {
  const { url, hurried } = await slowLog();
  await keepUp(hurried, settings);
  assert.equal((await left(url)).length, 0);
});

test("a transaction_timeout that strikes nevertheless is named, with what to do", async () => {
  const { hurried } = await slowLog("PERFORM set_config('transaction_timeout', '100ms', true);");
  await assert.rejects(
    keepUp(hurried, settings),
    /terminating connection due to transaction timeout; a transaction_timeout of the role or the database ended it.*\(SQLSTATE 25P04\)$/,
  );
});

test("nor do they under the CronJob's psql", { skip: withoutPsql }, async () => {
  const { url, hurried } = await slowLog();
  await upkeepByPsql(hurried, settings);
  assert.equal((await left(url)).length, 0);
});
