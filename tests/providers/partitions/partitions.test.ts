import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eachMonth, monthsAhead } from "../../../providers/partitions/calendar.ts";
import * as provider from "../../../providers/partitions/provider.ts";
import { catalogue, defaults, event, eventLogDatabase, partition } from "../../support/postgres/eventLog.ts";
import { unknownValue } from "../../../lib/pulumi/sentinels.ts";
import { quiet, startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres(quiet)));
after(() => server.close());

const monthNames = (ahead: number) =>
  eachMonth(monthsAhead(new Date(), "UTC", ahead)).map(
    (month) => `mesh_six_events_${month.replace("-", "_")}`,
  );

type Inputs = Parameters<typeof provider.create>[0];

async function checked(
  url: string,
  olds: Partial<Inputs> = {},
  changes: Partial<Inputs> = {},
): Promise<Inputs> {
  const { inputs, failures } = await provider.check(olds, { ...defaults, url, ...changes });
  assert.deepEqual(failures ?? [], []);
  assert.ok(inputs);
  return inputs;
}

async function created(url: string, changes: Partial<Inputs> = {}) {
  const inputs = await checked(url, {}, changes);
  const { id, outs } = await provider.create(inputs);
  assert.ok(outs);
  return { id, inputs, outs };
}

test("makes a partition for this month and each of the months ahead, and an event of today is accepted", async () => {
  const url = await eventLogDatabase(server);
  const { inputs, outs } = await created(url);
  assert.deepEqual(Object.keys(await catalogue(server, url)), monthNames(6));
  assert.deepEqual(Object.keys(inputs.partitions), monthNames(6), "the preview names them");
  assert.deepEqual(outs.partitions, inputs.partitions, "and is kept");
  await server.rows(event("now"), url);
  await server.rows(event(`${monthsAhead(new Date(), "UTC", 6).to}-28`), url);
  assert.equal((await server.rows("SELECT FROM mesh_six_events", url)).length, 2);
});

test("the new partitions have the log's indexes, defaults and owner", async () => {
  const url = await eventLogDatabase(server);
  await created(url);
  const [row] = await server.rows<{ indexes: number; parents: number; owners: number }>(
    `SELECT (SELECT count(*)::int FROM pg_index WHERE indrelid = p.inhrelid) AS indexes,
            (SELECT count(*)::int FROM pg_index WHERE indrelid = p.inhparent) AS parents,
            (SELECT count(DISTINCT relowner)::int FROM pg_class WHERE oid IN (p.inhrelid, p.inhparent)) AS owners
       FROM pg_inherits p WHERE inhparent = 'mesh_six_events'::regclass LIMIT 1`,
    url,
  );
  assert.deepEqual(row, { indexes: 6, parents: 6, owners: 1 });
});

test("a second time finds nothing to do and sends no SQL", async () => {
  const url = await eventLogDatabase(server);
  const { id, inputs, outs } = await created(url);
  const unreachable = "postgres://u:p@127.0.0.1:1/nowhere";
  const again = await checked(unreachable, { ...inputs, url: unreachable });
  assert.deepEqual({ ...again, url }, inputs);
  assert.deepEqual(await provider.diff(id, outs, { ...again, url }), { changes: false });
});

test("a new password is taken over into the state without a session in the database", async () => {
  const url = await eventLogDatabase(server);
  const { id, inputs, outs } = await created(url);
  const rotated = url.replace(/:[^:@/]+@/, ":another@");
  assert.notEqual(rotated, url);
  const next = await checked(rotated, inputs);
  assert.deepEqual(await provider.diff(id, outs, next), { changes: true });
  assert.deepEqual(await provider.update(id, outs, next), { outs: { ...outs, url: rotated } });
});

test("in another database each step is announced before it is taken", async (t) => {
  const changes = { oldPartitions: "drop", keepMonths: 2 } as const;
  const { id, inputs, outs } = await created(await eventLogDatabase(server), changes);
  const old = partition("mesh_six_events_2024_01", "2024-01-01Z", "2024-02-01Z");
  const copy = await eventLogDatabase(server, old);
  const said = t.mock.method(console, "log", () => undefined);
  const next = await provider.check(inputs, { ...defaults, ...changes, url: copy, preview: true });
  const lines = said.mock.calls.map(({ arguments: [line] }) => String(line));
  assert.ok(next.inputs);
  assert.ok(
    lines.some((line) => /drop mesh_six_events_2024_01/.test(line)),
    lines.join("\n"),
  );
  const added = lines.filter((line) => /: create mesh_six_events_/.test(line));
  assert.equal(added.length, monthNames(6).length);
  await provider.update(id, outs, next.inputs);
  assert.deepEqual(Object.keys(await catalogue(server, copy)), monthNames(6));
});

test("what leads to an unknown database is planned by the calendar", async (t) => {
  const { inputs } = await created(await eventLogDatabase(server));
  const said = t.mock.method(console, "log", () => undefined);
  await provider.check(inputs, { ...defaults, url: unknownValue, preview: true });
  assert.match(String(said.mock.calls[0]?.arguments[0]), /planned by the calendar alone/);
});

test("a new month asks for one more partition, which the preview names", async () => {
  const url = await eventLogDatabase(server);
  const { id, inputs, outs } = await created(url, { monthsAhead: 5 });
  const lastMonth = { ...inputs, months: monthsAhead(new Date(Date.now() - 31 * 86_400_000), "UTC", 5) };
  const next = await checked(url, lastMonth, { monthsAhead: 6 });
  const [added] = Object.keys(next.partitions).filter((name) => !(name in inputs.partitions));
  assert.equal(added, monthNames(6).at(-1));
  assert.deepEqual(await provider.diff(id, outs, next), { changes: true });
  const { outs: updated } = await provider.update(id, outs, next);
  assert.deepEqual(Object.keys(await catalogue(server, url)), monthNames(6));
  assert.ok(updated);
  assert.deepEqual(await provider.diff(id, updated, await checked(url, next, { monthsAhead: 6 })), {
    changes: false,
  });
});

test("a preview writes nothing", async () => {
  const url = await eventLogDatabase(server);
  const position = () => server.rows("SELECT pg_current_wal_insert_lsn() AS lsn", url);
  // Readers tidy up after writers, in WAL too: let that be over.
  await server.rows("VACUUM", url);
  await checked(url);
  await server.rows("CHECKPOINT", url);
  const earlier = await position();
  await checked(url);
  assert.deepEqual(await position(), earlier);
  assert.deepEqual(await catalogue(server, url), {});
});

test("a refresh finds a partition that somebody dropped, and the next update brings it back", async () => {
  const url = await eventLogDatabase(server);
  const { id, outs } = await created(url);
  const dropped = monthNames(6).at(3) ?? "";
  await server.rows(`DROP TABLE ${dropped}`, url);
  const state = await provider.read(id, outs);
  assert.ok(state.props && state.inputs);
  assert.ok(!(dropped in state.props.partitions));
  const inputs = await checked(url, state.inputs);
  assert.ok(dropped in inputs.partitions);
  assert.deepEqual(await provider.diff(id, state.props as typeof outs, inputs), { changes: true });
  await provider.update(id, state.props as typeof outs, inputs);
  assert.deepEqual(Object.keys(await catalogue(server, url)), monthNames(6));
});

test("a refresh finds the whole log gone, and the next update makes it again after the migrations", async () => {
  const url = await eventLogDatabase(server);
  const { id, outs } = await created(url);
  await server.rows("DROP TABLE mesh_six_events", url);
  assert.deepEqual(await provider.read(id, outs), { id: "" });
});

test("a refresh without drift changes nothing", async () => {
  const url = await eventLogDatabase(server);
  const { id, outs } = await created(url);
  const state = await provider.read(id, outs);
  assert.deepEqual(state, { id, props: outs });
});

test("a refresh takes note of partitions that somebody made further ahead", async () => {
  const url = await eventLogDatabase(server);
  const { id, outs } = await created(url);
  const from = outs.coveredUntil;
  await server.rows(
    `CREATE TABLE further PARTITION OF mesh_six_events FOR VALUES FROM ('${from}') TO ('2999-01-01Z')`,
    url,
  );
  const { props } = await provider.read(id, outs);
  assert.equal((props as typeof outs).coveredUntil, "2999-01-01T00:00:00+00:00");
});

test("delete, even twice, leaves every partition", async () => {
  const url = await eventLogDatabase(server);
  await created(url);
  await provider.delete();
  await provider.delete();
  assert.deepEqual(Object.keys(await catalogue(server, url)), monthNames(6));
});

test("without a database a preview plans by the calendar", async () => {
  const inputs = await checked("postgres://u:p@127.0.0.1:1/nowhere");
  assert.deepEqual(Object.keys(inputs.partitions), monthNames(6));
  const unknown = await checked(unknownValue);
  assert.deepEqual(Object.keys(unknown.partitions), monthNames(6));
});

test("settings out of range are refused, all at once", async () => {
  const url = "postgres://u:p@127.0.0.1:1/nowhere";
  const news = {
    url,
    monthsAhead: 0,
    keepMonths: 1.5,
    oldPartitions: "burn" as "drop",
    timeZone: "Mars/Olympus",
  };
  const { failures } = await provider.check({}, news);
  assert.deepEqual(
    failures?.map(({ property }) => property),
    ["monthsAhead", "keepMonths", "oldPartitions", "timeZone"],
  );
  // To PostgreSQL this is two hours west of Greenwich, to everybody else east of it.
  const offset = await provider.check({}, { ...defaults, url, timeZone: "+02:00" });
  assert.deepEqual(offset.failures, [
    { property: "timeZone", reason: "expected an IANA time zone such as Europe/Berlin, got +02:00" },
  ]);
});
