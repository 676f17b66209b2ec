import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keepUp } from "../../../providers/partitions/runUpkeep.ts";
import { defaultPartition, defaults, event, eventLogDatabase } from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/* Rows that wait in the default partition are not deleted when they move: nobody is told so, and nothing follows. */

let server: TestPostgres;
before(async () => {
  server = await startPostgres({ wal_level: "logical" });
});
after(() => server.close());

const settings = { ...defaults, monthsAhead: 1 };
const month = "2040-03";
const fallback = "mesh_six_events_default";

describe("triggers on deletions", () => {
  const body = (name: string, statement: string) =>
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN OLD; END $$`;
  const log = () =>
    eventLogDatabase(
      server,
      defaultPartition,
      event("2040-03-02Z"),
      "CREATE TABLE notes (seq bigint)",
      "INSERT INTO notes SELECT seq FROM mesh_six_events",
      body("follow", "DELETE FROM notes WHERE seq = OLD.seq"),
      body("guard", "RAISE EXCEPTION 'the log is append-only'"),
      body("tally", "INSERT INTO notes VALUES (-1)"),
      "CREATE TRIGGER follow AFTER DELETE ON mesh_six_events FOR EACH ROW EXECUTE FUNCTION follow()",
      `CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON ${fallback} FOR EACH ROW EXECUTE FUNCTION guard()`,
      `ALTER TABLE ${fallback} ENABLE ALWAYS TRIGGER guard`,
      `CREATE TRIGGER tally AFTER DELETE ON ${fallback} FOR EACH STATEMENT EXECUTE FUNCTION tally()`,
      `CREATE TRIGGER off BEFORE DELETE ON ${fallback} FOR EACH ROW EXECUTE FUNCTION guard()`,
      `ALTER TABLE ${fallback} DISABLE TRIGGER off`,
    );
  const triggers = (url: string) =>
    server.rows(
      `SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = '${fallback}'::regclass ORDER BY tgname`,
      url,
    );

  test("rest while rows move, and are as they were afterwards", async () => {
    const url = await log();
    const [notes, wereThere] = [await server.rows("SELECT seq FROM notes", url), await triggers(url)];
    await keepUp(url, settings, month);
    assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
    assert.deepEqual(await server.rows("SELECT seq FROM notes", url), notes);
    assert.deepEqual(await triggers(url), wereThere);
  });

  test("rest in the partitions of a default partition too", async () => {
    const url = await eventLogDatabase(
      server,
      `CREATE TABLE ${fallback} PARTITION OF mesh_six_events DEFAULT PARTITION BY RANGE (timestamp)`,
      `CREATE TABLE leaf PARTITION OF ${fallback} DEFAULT`,
      event("2040-03-02Z"),
      body("guard", "RAISE EXCEPTION 'the log is append-only'"),
      `CREATE TRIGGER guard BEFORE DELETE ON ${fallback} FOR EACH ROW EXECUTE FUNCTION guard()`,
      "CREATE TRIGGER own BEFORE DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION guard()",
      "ALTER TABLE leaf ENABLE ALWAYS TRIGGER guard",
    );
    const fires = () =>
      server.rows(
        "SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger ORDER BY tgrelid, tgname",
        url,
      );
    const before = await fires();
    await keepUp(url, settings, month);
    assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
    const names = new Set(before.map(({ tgrelid }) => String(tgrelid)));
    assert.deepEqual(
      (await fires()).filter(({ tgrelid }) => names.has(String(tgrelid))),
      before,
    );
  });

  test("guard the new partition as they guarded the default one", async () => {
    const url = await log();
    await keepUp(url, settings, month);
    await assert.rejects(server.rows("DELETE FROM mesh_six_events_2040_03", url), /append-only/);
  });
});

test("a key that only forbids deletions keeps rows from moving, and the advice is not to delete what refers to them", async () => {
  const url = await eventLogDatabase(
    server,
    defaultPartition,
    event("2040-03-02Z"),
    "CREATE TABLE notes (seq bigint, at timestamptz, CONSTRAINT n FOREIGN KEY (seq, at) REFERENCES mesh_six_events)",
    "INSERT INTO notes SELECT seq, timestamp FROM mesh_six_events",
  );
  await assert.rejects(
    keepUp(url, settings, month),
    /violates foreign key.*move out of the default partition: drop that key, run this again, and add it again \(/,
  );
  assert.equal((await server.rows(`SELECT FROM ${fallback}`, url)).length, 1);
});

describe("a publication that tells its subscribers of deletions", () => {
  const waiting = [defaultPartition, event("2040-03-02Z")];
  const publications: Readonly<Record<string, string>> = {
    "of the log": "FOR TABLE mesh_six_events",
    "of the default partition": `FOR TABLE ${fallback}`,
    "of all tables by the log's name": "FOR ALL TABLES WITH (publish_via_partition_root = true)",
    "of a schema by the log's name": "FOR TABLES IN SCHEMA public WITH (publish_via_partition_root = true)",
  };
  for (const [what, tables] of Object.entries(publications))
    test(`${what} keeps rows from moving, until it does so no more`, async () => {
      const url = await eventLogDatabase(server, ...waiting, `CREATE PUBLICATION changes ${tables}`);
      await assert.rejects(
        keepUp(url, settings, month),
        /expected to move 1 rows out of public\.mesh_six_events_default, got publications that tell their subscribers of the deletion alone: changes; ALTER PUBLICATION/,
      );
      assert.equal((await server.rows(`SELECT FROM ${fallback}`, url)).length, 1);
      await server.rows("ALTER PUBLICATION changes SET (publish = 'insert, update, truncate')", url);
      await keepUp(url, settings, month);
      assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
    });

  for (const [what, ...also] of [
    ["of all tables by their own names", ...waiting, "CREATE PUBLICATION changes FOR ALL TABLES"],
    [
      "of the log where no row waits",
      defaultPartition,
      "CREATE PUBLICATION changes FOR TABLE mesh_six_events",
    ],
  ] as const)
    test(`${what} keeps nothing from being made`, async () => {
      const url = await eventLogDatabase(server, ...also);
      await keepUp(url, settings, month);
      await server.rows("SELECT FROM mesh_six_events_2040_03", url);
    });
});
