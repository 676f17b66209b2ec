import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { daysAhead } from "../../../providers/partitions/coverage.ts";
import { keepUp } from "../../../providers/partitions/runUpkeep.ts";
import { defaults, eventLogDatabase } from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const day = 86_400_000;
const now = Date.now();
const from = (days: number) => new Date(now + days * day).toISOString();

test("counts the days until the first gap, for a role that may only read too", async () => {
  const url = await eventLogDatabase(server, "CREATE ROLE watcher LOGIN PASSWORD 'watcher'");
  const watcher = new URL(url);
  watcher.username = watcher.password = "watcher";
  assert.equal(await daysAhead(watcher.href), 0);
  await keepUp(url, { ...defaults, monthsAhead: 2 });
  const days = await daysAhead(watcher.href);
  assert.ok(days >= 58 && days <= 93, `${days} days`);
});

test("stops at a gap, whatever lies behind it", async () => {
  const url = await eventLogDatabase(
    server,
    `CREATE TABLE one PARTITION OF mesh_six_events FOR VALUES FROM ('${from(-1)}') TO ('${from(10.5)}')`,
    `CREATE TABLE two PARTITION OF mesh_six_events FOR VALUES FROM ('${from(10.5)}') TO ('${from(20.5)}')`,
    `CREATE TABLE far PARTITION OF mesh_six_events FOR VALUES FROM ('${from(21)}') TO ('${from(400)}')`,
  );
  assert.equal(await daysAhead(url), 20);
});

test("is 0 without a partition for now, a default partition aside, and endless behind an open end", async () => {
  const url = await eventLogDatabase(server, "CREATE TABLE rest PARTITION OF mesh_six_events DEFAULT");
  assert.equal(await daysAhead(url), 0);
  await server.rows(
    `CREATE TABLE open PARTITION OF mesh_six_events FOR VALUES FROM ('${from(-1)}') TO (MAXVALUE)`,
    url,
  );
  assert.equal(await daysAhead(url), Infinity);
});

test("is endless too where years have more than four digits", async () => {
  const url = await eventLogDatabase(
    server,
    "CREATE TABLE long PARTITION OF mesh_six_events FOR VALUES FROM ('2000-01-01') TO ('10000-01-01')",
  );
  assert.equal(await daysAhead(url), Infinity);
});
