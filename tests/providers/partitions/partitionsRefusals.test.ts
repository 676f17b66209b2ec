import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { daysAhead } from "../../../providers/partitions/coverage.ts";
import * as provider from "../../../providers/partitions/provider.ts";
import { upkeepScript } from "../../../providers/partitions/upkeepSql.ts";
import { keepUp, readPlan } from "../../../providers/partitions/runUpkeep.ts";
import {
  catalogue,
  defaults,
  event,
  eventLogDatabase,
  partition,
  defaultPartition,
} from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const settings = { ...defaults, monthsAhead: 2 };
const month = "2040-03";

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: "somebody" });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

test("names the migration to a database without the table", async () => {
  const url = await server.database();
  await assert.rejects(keepUp(url, settings, month), {
    message:
      "event partitions: table mesh_six_events: expected to be there, got none in {public}; apply migrations/003_mesh_six_events.sql first (SQLSTATE 42P01)",
  });
});

test("a log that is an ordinary table is refused in the preview, with the remedy", async () => {
  const url = await server.database();
  await server.rows("CREATE TABLE mesh_six_events (timestamp timestamptz)", url);
  const message =
    "event partitions: public.mesh_six_events: expected to be partitioned by range of one timestamptz column, got a table without partitions; in one transaction rename it and its indexes, run migrations/003_mesh_six_events.sql, and copy the rows over";
  const { failures } = await provider.check({}, { ...settings, url });
  assert.deepEqual(failures, [{ property: "", reason: message }]);
  await assert.rejects(keepUp(url, settings, month), { message });
});

test("a log partitioned by something else is refused", async () => {
  const url = await server.database();
  await server.rows("CREATE TABLE mesh_six_events (trace_id text) PARTITION BY LIST (trace_id)", url);
  await assert.rejects(keepUp(url, settings, month), /got LIST \(trace_id\)/);
});

test("a role that is not the owner is refused by name, but may see that nothing is to be done", async () => {
  const url = await eventLogDatabase(server, "CREATE ROLE guest LOGIN PASSWORD 'guest'");
  const guest = new URL(url);
  guest.username = guest.password = "guest";
  await assert.rejects(keepUp(guest.href, settings, month), {
    message:
      "event partitions: public.mesh_six_events: expected to be kept by its owner postgres, got role guest; connect as postgres, or GRANT postgres TO guest",
  });
  await keepUp(url, settings, month);
  assert.deepEqual((await readPlan(guest.href, settings, month)).steps, []);
});

test("gives a superuser's partitions to the log's owner", async () => {
  const url = await eventLogDatabase(
    server,
    "CREATE ROLE keeper",
    "ALTER TABLE mesh_six_events OWNER TO keeper",
  );
  await keepUp(url, settings, month);
  const owners = await server.rows(
    "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'mesh_six_events%'",
    url,
  );
  assert.deepEqual(owners, [{ tableowner: "keeper" }]);
});

test("a name that another table has is refused after the other partitions are made", async () => {
  const url = await eventLogDatabase(server, "CREATE TABLE mesh_six_events_2040_04 (notes text)");
  await assert.rejects(keepUp(url, settings, month), {
    message:
      "event partitions: partition public.mesh_six_events_2040_04: expected the name to be free, got a relation that is no partition of mesh_six_events; rename that relation, or attach it FOR VALUES FROM ('2040-04-01 00:00:00+00') TO ('2040-05-01 00:00:00+00')",
  });
  assert.deepEqual(Object.keys(await catalogue(server, url)), [
    "mesh_six_events_2040_03",
    "mesh_six_events_2040_05",
  ]);
});

test("rows that others refer to by a key that follows them are not moved, which would delete those others", async () => {
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    event("2040-03-02Z"),
    "CREATE TABLE notes (seq bigint, at timestamptz, CONSTRAINT n FOREIGN KEY (seq, at) REFERENCES mesh_six_events ON DELETE CASCADE)",
    "INSERT INTO notes SELECT seq, timestamp FROM mesh_six_events",
  );
  await assert.rejects(
    keepUp(url, settings, month),
    /mesh_six_events_2040_03: expected to move 1 rows out of public\.mesh_six_events_default, got foreign keys that would delete or change the rows referring to them: n_1 of notes; drop those keys/,
  );
  assert.equal((await server.rows("SELECT FROM notes", url)).length, 1);
  assert.equal(Object.keys(await catalogue(server, url)).length, 3, "the other months are made");
});

test("two at once make each partition once", async () => {
  const url = await eventLogDatabase(server);
  const [one, other] = await Promise.all([keepUp(url, settings, month), keepUp(url, settings, month)]);
  assert.deepEqual(one, other);
  assert.equal(Object.keys(await catalogue(server, url)).length, 3);
});

test("a partition that somebody makes meanwhile is taken as it is", async () => {
  const url = await eventLogDatabase(server);
  let meddled = false;
  await keepUp(url, settings, month, async () => {
    if (meddled) return;
    meddled = true;
    await server.rows(partition("mesh_six_events_2040_05", "2040-05-01Z", "2040-06-01Z"), url);
  });
  assert.ok(meddled);
  assert.equal(Object.keys(await catalogue(server, url)).length, 3);
});

test("writers go on while partitions are made, and one that holds the default partition is waited for", async () => {
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    partition("mesh_six_events_2040_03", "2040-03-01Z", "2040-04-01Z"),
  );
  const [writer, waiter] = [await session(url), await session(url)];
  await writer.query(`BEGIN; ${event("2040-03-02Z")}`);
  await waiter.query(`BEGIN; ${event("2040-04-02Z")}`);
  const upkeep = keepUp(url, settings, month);
  setTimeout(() => void waiter.query("COMMIT"), 4_000);
  await upkeep;
  await writer.query("COMMIT");
  await Promise.all([writer.end(), waiter.end()]);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_04", url)).length, 1);
});

test("a lock that somebody keeps ends the look of a preview, a refresh and the alarm", async () => {
  const url = await eventLogDatabase(server, defaultPartition);
  const holder = await session(url);
  await holder.query("BEGIN; LOCK TABLE mesh_six_events");
  const cancelled = /canceling statement due to lock timeout/;
  await Promise.all([
    assert.rejects(readPlan(url, settings, month), /lock timeout; somebody holds a lock on the log/),
    assert.rejects(daysAhead(url), cancelled),
  ]);
  await holder.end();
});

test("a time limit for statements does not keep rows from being moved", async () => {
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    event("2040-03-02Z"),
    "CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.6); RETURN true; END'",
    "ALTER TABLE mesh_six_events ADD CONSTRAINT slow CHECK (slow()) NOT VALID",
  );
  await server.rows(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET statement_timeout = '500ms'`);
  await keepUp(url, settings, month);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
});

test("names the holder of a lock that stays", async () => {
  const url = await eventLogDatabase(server);
  const holder = await session(url);
  await holder.query("BEGIN; LOCK TABLE mesh_six_events IN SHARE MODE");
  await assert.rejects(
    keepUp(url, settings, month),
    /^Error: event partitions: canceling statement due to lock timeout after 4 tries; held by process \d+ \(postgres, somebody, since .*\): end it or try again/,
  );
  await holder.end();
  await keepUp(url, settings, month);
});

test("names the holder of the upkeep's lock", async () => {
  const url = await eventLogDatabase(server);
  const holder = await session(url);
  await holder.query("SET mesh_six.lock_seconds = 0");
  const script = upkeepScript(settings);
  const lock = script.slice(script.indexOf("DO $lock$"), script.indexOf("$lock$;") + 7);
  await holder.query(lock);
  const impatient = await session(url);
  await impatient.query("SET mesh_six.lock_seconds = 1");
  await assert.rejects(impatient.query(lock), {
    hint: /^it is held by somebody \(process \d+ of postgres, since/,
  });
  await Promise.all([holder.end(), impatient.end()]);
});
