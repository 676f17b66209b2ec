import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
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

const old = [
  partition("mesh_six_events_2024_01", "2024-01-01Z", "2024-02-01Z"),
  partition("mesh_six_events_2024_02", "2024-02-01Z", "2024-03-01Z"),
  partition("mesh_six_events_2024_03", "2024-03-01Z", "2024-04-01Z"),
  event("2024-01-05Z"),
];
/** As if it were May 2024: March stays, and April would. */
const month = "2024-05";
const keep = { ...defaults, monthsAhead: 1, keepMonths: 2 };
const drop = { ...keep, oldPartitions: "drop" } as const;

const tables = async (url: string) =>
  (
    await server.rows<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname ~ '^mesh_six_events_2024_..$' ORDER BY 1`,
      url,
    )
  ).map(({ name }) => name.slice(-2));

test("detaches what is older than the retention and keeps it with its rows", async () => {
  const url = await eventLogDatabase(server, ...old);
  const { steps } = await readPlan(url, keep, month);
  assert.deepEqual(
    steps.filter(({ action }) => action === "detach").map(({ statement }) => statement),
    ["2024_01", "2024_02"].map(
      (suffix) =>
        `ALTER TABLE public.mesh_six_events DETACH PARTITION public.mesh_six_events_${suffix} CONCURRENTLY`,
    ),
  );
  await keepUp(url, keep, month);
  assert.deepEqual(
    Object.keys(await catalogue(server, url)).map((name) => name.slice(-2)),
    ["03", "05", "06"],
  );
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2024_01", url)).length, 1);
  assert.deepEqual((await readPlan(url, keep, month)).steps, []);
});

test("drops what is older when asked, and finishes a drop that was killed half-way", async () => {
  const url = await eventLogDatabase(server, ...old);
  const { steps } = await readPlan(url, drop, month);
  const [mark, detach] = steps.filter(({ partition }) => partition.endsWith("2024_01"));
  assert.ok(mark && detach);
  await server.rows(mark.statement, url);
  await server.rows(detach.statement, url);
  await keepUp(url, drop, month);
  assert.deepEqual(await tables(url), ["03", "05", "06"]);
});

test("detaches where there is a default partition too, and leaves old rows waiting in it", async () => {
  const url = await eventLogDatabase(server, ...old, defaultPartition, event("2023-12-24Z"));
  await keepUp(url, drop, month);
  assert.deepEqual(await tables(url), ["03", "05", "06"]);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_default", url)).length, 1);
});

test("finishes a detachment that a reader of the log interrupted", async () => {
  const url = await eventLogDatabase(server, ...old);
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  await reader.query("BEGIN; SELECT count(*) FROM mesh_six_events");
  const detach = `ALTER TABLE mesh_six_events DETACH PARTITION mesh_six_events_2024_01 CONCURRENTLY`;
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query("SET lock_timeout = 100");
  await assert.rejects(other.query(detach), { code: "55P03" });
  await other.end();
  const { steps } = await readPlan(url, keep, month);
  assert.equal(
    steps.find(({ action }) => action === "detach")?.statement,
    "ALTER TABLE public.mesh_six_events DETACH PARTITION public.mesh_six_events_2024_01 FINALIZE",
  );
  await reader.query("COMMIT");
  await reader.end();
  await keepUp(url, keep, month);
  assert.deepEqual(
    Object.keys(await catalogue(server, url)).map((name) => name.slice(-2)),
    ["03", "05", "06"],
  );
});

test("makes the months to come while a reader of the log holds up what was left half detached", async () => {
  const url = await eventLogDatabase(server, ...old);
  const reader = new pg.Client({ connectionString: url });
  const other = new pg.Client({ connectionString: url });
  await Promise.all([reader.connect(), other.connect()]);
  await reader.query("BEGIN; SELECT count(*) FROM mesh_six_events");
  await other.query("SET lock_timeout = 100");
  await assert.rejects(
    other.query("ALTER TABLE mesh_six_events DETACH PARTITION mesh_six_events_2024_02 CONCURRENTLY"),
  );
  await other.end();
  // Only then the reader lets go.
  await keepUp(url, keep, month, ({ action }) => action === "create" && reader.end());
  assert.deepEqual(
    Object.keys(await catalogue(server, url)).map((name) => name.slice(-2)),
    ["03", "05", "06"],
  );
});

test("finishes the drop of a partition of another name, of another schema and of parts", async () => {
  const url = await eventLogDatabase(
    server,
    "CREATE SCHEMA archive",
    partition("january", "2024-01-01Z", "2024-02-01Z"),
    partition("archive.mesh_six_events_2024_02", "2024-02-01Z", "2024-03-01Z"),
    `${partition("mesh_six_events_2023_12", "2023-12-01Z", "2024-01-01Z")} PARTITION BY RANGE (timestamp)`,
    "CREATE TABLE part PARTITION OF mesh_six_events_2023_12 DEFAULT",
  );
  const { steps } = await readPlan(url, drop, month);
  for (const { action, statement } of steps)
    if (action === "mark" || action === "detach") await server.rows(statement, url);
  await keepUp(url, drop, month);
  const left = `SELECT relname FROM pg_class WHERE relname IN ('january', 'mesh_six_events_2024_02', 'mesh_six_events_2023_12', 'part')`;
  assert.deepEqual(await server.rows(left, url), []);
});

test("takes the mark off a partition that is to be kept after all, so that a detachment by hand costs no row", async () => {
  const url = await eventLogDatabase(server, ...old);
  const { steps } = await readPlan(url, drop, month);
  for (const { action, statement } of steps) if (action === "mark") await server.rows(statement, url);
  const longer = { ...drop, keepMonths: 1200 };
  await keepUp(url, longer, month);
  await server.rows("ALTER TABLE mesh_six_events DETACH PARTITION mesh_six_events_2024_01", url);
  await keepUp(url, longer, month);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2024_01", url)).length, 1);
});

test("makes the months to come though an old partition cannot go, and says why", async () => {
  const url = await eventLogDatabase(server, ...old);
  await server.rows(
    `CREATE TABLE notes (seq bigint, at timestamptz, FOREIGN KEY (seq, at) REFERENCES mesh_six_events);
     INSERT INTO notes SELECT seq, timestamp FROM mesh_six_events`,
    url,
  );
  await assert.rejects(keepUp(url, keep, month), {
    message:
      'event partitions: removing partition "mesh_six_events_2024_01" violates foreign key constraint "notes_seq_at_fkey_1"; delete the rows that refer to it, or keep more months (SQLSTATE 23503)',
  });
  assert.deepEqual(await tables(url), ["01", "02", "03", "05", "06"]);
});

test("a clock that runs ahead detaches nothing that the server's clock would keep", async () => {
  const now = new Date().toISOString().slice(0, 7);
  const [year = 0, ordinal = 0] = now.split("-").map(Number);
  const next = new Date(Date.UTC(year, ordinal, 1)).toISOString().slice(0, 10);
  const url = await eventLogDatabase(server, partition("mesh_six_events_now", `${now}-01Z`, `${next}Z`));
  const { steps } = await readPlan(url, drop, "2090-01");
  assert.deepEqual(
    steps.filter(({ action }) => action !== "create"),
    [],
  );
});
