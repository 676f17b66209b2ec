import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { acquireLock } from "../../providers/migrations/run/advisoryLock.ts";
import { keepUp } from "../../providers/partitions/runUpkeep.ts";
import { cancelOperation } from "../support/engine/cancel.ts";
import { eventually } from "../support/cluster/cluster.ts";
import { startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";

let postgres: TestPostgres;
let holder: pg.Client;

before(async () => {
  postgres = await startPostgres();
  holder = new pg.Client({ connectionString: postgres.adminUrl });
  await holder.connect();
});
after(async () => {
  await holder.end();
  await postgres.close();
});

test("a wait for another run's lock ends when the engine cancels the operation, on the server too", async () => {
  const url = postgres.adminUrl;
  await holder.query("SELECT pg_advisory_lock(hashtextextended('mesh-six: upkeep of mesh_six_events', 0))");
  await holder.query("SELECT pg_advisory_lock(x'6d736978'::integer, 1)");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [own] = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
  assert.ok(own);
  const said: string[] = [];
  const options = {
    url,
    applicationName: "test",
    wait: 600_000,
    progress: (line: string) => said.push(line),
  };
  const waits = [
    assert.rejects(
      acquireLock(client, own.pid, options),
      /interrupted while waiting for another run of the migrations; run the same command again$/,
    ),
    assert.rejects(
      keepUp(url, { monthsAhead: 1, oldPartitions: "keep", timeZone: "UTC" }),
      /^Error: event partitions: interrupted while waiting for another upkeep of mesh_six_events; run the same command again/,
    ),
  ];
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'mesh-six partitions'";
  const isAsleep = `${waiting} AND query LIKE '%pg_sleep%' AND state = 'active'`;
  await eventually("both wait", async () =>
    said.length > 0 && (await postgres.rows(isAsleep)).length > 0 ? true : undefined,
  );
  cancelOperation();
  await Promise.all(waits);
  await client.end();
  await eventually("the server waits no longer", async () =>
    (await postgres.rows(waiting)).length === 0 ? true : undefined,
  );
});
