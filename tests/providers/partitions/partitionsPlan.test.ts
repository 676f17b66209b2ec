import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { keepUp, readPlan } from "../../../providers/partitions/runUpkeep.ts";
import {
  bound,
  catalogue,
  defaults,
  event,
  eventLogDatabase,
  partition,
  defaultPartition,
} from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(
  async () =>
    void (server = await startPostgres({
      TimeZone: "America/Sao_Paulo",
      DateStyle: "SQL, DMY",
      allow_in_place_tablespaces: "on",
    })),
);
after(() => server.close());

const two = { ...defaults, monthsAhead: 2 };
/** A month long after today: far from what the server's clock would ask for. */
const month = "2040-03";

async function converged(settings: typeof two, ...statements: string[]): Promise<Record<string, string>> {
  const url = await eventLogDatabase(server, ...statements);
  await keepUp(url, settings, month);
  assert.deepEqual((await readPlan(url, settings, month)).steps, [], "a second upkeep finds nothing to do");
  return catalogue(server, url);
}

test("continues from where the neighbour really ends, whatever its time zone", async () => {
  assert.deepEqual(
    await converged(two, partition("mesh_six_events_2040_03", "2040-03-01 00:00+02", "2040-04-01 00:00+02")),
    {
      mesh_six_events_2040_03: bound("2040-02-29 22:00:00", "2040-03-31 22:00:00"),
      mesh_six_events_2040_04: bound("2040-03-31 22:00:00", "2040-05-01"),
      mesh_six_events_2040_05: bound("2040-05-01", "2040-06-01"),
    },
  );
  assert.deepEqual(
    await converged(two, partition("mesh_six_events_2040_03", "2040-03-01 00:00-05", "2040-04-01 00:00-05")),
    {
      mesh_six_events_2040_03: bound("2040-03-01 05:00:00", "2040-04-01 05:00:00"),
      mesh_six_events_2040_03_01: bound("2040-03-01", "2040-03-01 05:00:00"),
      mesh_six_events_2040_04: bound("2040-04-01 05:00:00", "2040-05-01"),
      mesh_six_events_2040_05: bound("2040-05-01", "2040-06-01"),
    },
  );
});

test("leaves no sliver before the current month or behind the last one", async () => {
  const existing = [
    partition("mesh_six_events_2040_02", "2040-02-01 00:00+09", "2040-03-01 00:00+09"),
    partition("mesh_six_events_2040_06", "2040-06-01 00:00-05", "2040-07-01 00:00-05"),
  ];
  assert.deepEqual(await converged(two, ...existing), {
    mesh_six_events_2040_02: bound("2040-01-31 15:00:00", "2040-02-29 15:00:00"),
    mesh_six_events_2040_03: bound("2040-02-29 15:00:00", "2040-04-01"),
    mesh_six_events_2040_04: bound("2040-04-01", "2040-05-01"),
    mesh_six_events_2040_05: bound("2040-05-01", "2040-06-01 05:00:00"),
    mesh_six_events_2040_06: bound("2040-06-01 05:00:00", "2040-07-01 05:00:00"),
  });
});

test("begins months at the midnight of the zone asked for, daylight saving included", async () => {
  assert.deepEqual(await converged({ ...two, timeZone: "Europe/Berlin" }), {
    mesh_six_events_2040_03: bound("2040-02-29 23:00:00", "2040-03-31 22:00:00"),
    mesh_six_events_2040_04: bound("2040-03-31 22:00:00", "2040-04-30 22:00:00"),
    mesh_six_events_2040_05: bound("2040-04-30 22:00:00", "2040-05-31 22:00:00"),
  });
});

test("fills a gap between partitions, and leaves one before the current month", async () => {
  const existing = [
    partition("mesh_six_events_2039_11", "2039-11-01Z", "2039-12-01Z"),
    partition("mesh_six_events_2040_02", "2040-02-01Z", "2040-03-01Z"),
    partition("mesh_six_events_2040_03", "2040-03-01Z", "2040-04-01Z"),
    partition("mesh_six_events_2040_05", "2040-05-01Z", "2040-06-01Z"),
  ];
  const partitions = await converged(two, ...existing);
  assert.deepEqual(Object.keys(partitions), [
    "mesh_six_events_2039_11",
    "mesh_six_events_2040_02",
    "mesh_six_events_2040_03",
    "mesh_six_events_2040_04",
    "mesh_six_events_2040_05",
  ]);
  assert.equal(partitions["mesh_six_events_2040_04"], bound("2040-04-01", "2040-05-01"));
});

test("a partition far in the future does not stop it", async () => {
  const partitions = await converged(two, partition("mesh_six_events_9999_12", "9999-12-01Z", "infinity"));
  assert.equal(Object.keys(partitions).length, 4);
});

test("reads the bounds where a backslash in a text escapes, too", async () => {
  const url = await eventLogDatabase(server, partition("apart", "2040-04-01Z", "2040-05-01Z"));
  await server.rows(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET standard_conforming_strings = off`);
  await keepUp(url, two, month);
  assert.deepEqual(Object.keys(await catalogue(server, url)), [
    "apart",
    "mesh_six_events_2040_03",
    "mesh_six_events_2040_05",
  ]);
});

test("makes partitions in the log's tablespace, as PARTITION OF would", async () => {
  await server.rows("CREATE TABLESPACE elsewhere LOCATION ''");
  const url = await eventLogDatabase(server, "ALTER TABLE mesh_six_events SET TABLESPACE elsewhere");
  await keepUp(url, two, month);
  assert.deepEqual(
    await server.rows("SELECT DISTINCT tablespace FROM pg_tables WHERE tablename ~ '_2040_'", url),
    [{ tablespace: "elsewhere" }],
  );
});

test("partitions of weeks, of two months and with open ends are respected", async () => {
  const weeks = [
    partition("mesh_six_events_w09", "2040-02-27Z", "2040-03-05Z"),
    partition("mesh_six_events_w10", "2040-03-05Z", "2040-03-12Z"),
    partition("mesh_six_events_w12", "2040-03-19Z", "2040-03-26Z"),
  ];
  const { mesh_six_events_w09, mesh_six_events_w10, mesh_six_events_w12, ...added } = await converged(
    two,
    ...weeks,
  );
  assert.ok(mesh_six_events_w09 && mesh_six_events_w10 && mesh_six_events_w12);
  assert.deepEqual(added, {
    mesh_six_events_2040_03: bound("2040-03-12", "2040-03-19"),
    mesh_six_events_2040_03_26: bound("2040-03-26", "2040-04-01"),
    mesh_six_events_2040_04: bound("2040-04-01", "2040-05-01"),
    mesh_six_events_2040_05: bound("2040-05-01", "2040-06-01"),
  });
  assert.deepEqual(
    Object.keys(await converged(two, partition("mesh_six_events_2040_03", "2040-03-01Z", "2040-05-01Z"))),
    ["mesh_six_events_2040_03", "mesh_six_events_2040_05"],
  );
  const open = "CREATE TABLE rest PARTITION OF mesh_six_events FOR VALUES FROM ('2040-04-01Z') TO (MAXVALUE)";
  assert.deepEqual(Object.keys(await converged(two, open)), ["mesh_six_events_2040_03", "rest"]);
});

test("moves the rows that wait in the default partition, of old months too, and keeps every one", async () => {
  const events = [
    "2040-01-17Z",
    "2040-03-02Z",
    "2040-03-31 23:59:59.999Z",
    "2040-05-01Z",
    "2041-01-01Z",
    "infinity",
    "-infinity",
  ];
  const url = await eventLogDatabase(server, defaultPartition, ...events.map((time) => event(time)));
  const before = await server.rows("SELECT * FROM mesh_six_events ORDER BY seq", url);
  const plan = await readPlan(url, two, month);
  assert.match(
    plan.steps.find(({ partition }) => partition === "mesh_six_events_2040_03")?.note ?? "",
    /rows waiting in public\.mesh_six_events_default to be moved: 2$/,
  );
  await keepUp(url, two, month);
  assert.deepEqual(await server.rows("SELECT * FROM mesh_six_events ORDER BY seq", url), before);
  const places = await server.rows<{ table: string; rows: number }>(
    `SELECT tableoid::regclass::text AS table, count(*)::int AS rows FROM mesh_six_events GROUP BY 1 ORDER BY 1`,
    url,
  );
  assert.deepEqual(Object.fromEntries(places.map(({ table, rows }) => [table, rows])), {
    mesh_six_events_2040_01: 1,
    mesh_six_events_2040_03: 2,
    mesh_six_events_2040_05: 1,
    // Beyond the horizon: theirs comes in time.
    mesh_six_events_default: 3,
  });
});

test("counts the rows that wait beyond the last month too, where that month reaches to a neighbour", async () => {
  const neighbour = partition("june", "2040-06-02 12:00Z", "2040-07-01Z");
  const url = await eventLogDatabase(server, defaultPartition, neighbour, event("2040-06-01 05:00Z"));
  const { steps } = await readPlan(url, two, month);
  assert.match(steps.at(-1)?.note ?? "", /2040-06-02 12:00:00\+00; rows waiting in .* to be moved: 1$/);
});

test("moves rows from a default partition whose columns stand in another order and under a hostile name", async () => {
  const name = `"default""; DROP TABLE x--"`;
  const url = await eventLogDatabase(
    server,
    `CREATE TABLE ${name} (payload jsonb NOT NULL, gone int, LIKE mesh_six_events INCLUDING DEFAULTS)`.replace(
      "payload jsonb NOT NULL, ",
      "",
    ),
    `ALTER TABLE ${name} DROP COLUMN gone`,
    `ALTER TABLE mesh_six_events ATTACH PARTITION ${name} DEFAULT`,
    event("2040-03-02Z", "kept"),
  );
  await keepUp(url, two, month);
  assert.deepEqual(await server.rows("SELECT trace_id FROM mesh_six_events_2040_03", url), [
    { trace_id: "kept" },
  ]);
});

test("an interrupted move leaves the rows where they were, and the next one moves them", async () => {
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    event("2040-03-02Z"),
    `CREATE FUNCTION stop() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no room''; END'`,
    "ALTER TABLE mesh_six_events ADD CONSTRAINT stop CHECK (stop()) NOT VALID",
  );
  await assert.rejects(keepUp(url, two, month), /^Error: event partitions: no room/);
  assert.deepEqual(Object.keys(await catalogue(server, url)), ["mesh_six_events_default"]);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_default", url)).length, 1);
  await server.rows("ALTER TABLE mesh_six_events DROP CONSTRAINT stop", url);
  await keepUp(url, two, month);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
});
