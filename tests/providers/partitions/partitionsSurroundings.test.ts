import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keepUp, readPlan } from "../../../providers/partitions/runUpkeep.ts";
import {
  defaultPartition,
  defaults,
  event,
  eventLogDatabase,
  partition,
} from "../../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";
import { upkeepByPsql, withoutPsql } from "../../support/postgres/psql.ts";

/* Names, settings and default privileges of the role that keeps the partitions. */

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
  for (const role of ["keeper", '"Upper"', '"keeper.of"', '"odd ""one"'])
    await server.rows(`CREATE ROLE ${role} LOGIN PASSWORD 'keeper'`);
});
after(() => server.close());

const settings = { ...defaults, monthsAhead: 1 };
const month = "2040-03";
const neighbour = partition("february", "2040-02-01", "2040-03-01");
const trigger = [
  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
  "CREATE TRIGGER own BEFORE INSERT ON february FOR EACH ROW EXECUTE FUNCTION f()",
];

/** A log of this role; returns the superuser's URL and the role's. */
async function logOf(role: string, ...statements: string[]): Promise<{ url: string; own: string }> {
  const name = `"${role.replaceAll('"', '""')}"`;
  const url = await eventLogDatabase(
    server,
    `ALTER TABLE mesh_six_events OWNER TO ${name}`,
    `GRANT ALL ON SCHEMA public TO ${name}`,
    ...statements,
  );
  const own = new URL(url);
  own.username = encodeURIComponent(role);
  own.password = "keeper";
  return { url, own: own.href };
}

/** Makes settings the role's own in this database. */
async function give(url: string, ...given: string[]): Promise<void> {
  for (const setting of given)
    await server.rows(`ALTER ROLE keeper IN DATABASE ${new URL(url).pathname.slice(1)} SET ${setting}`);
}

const bounded = async (url: string) =>
  (
    await server.rows<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'mesh%2040%' ORDER BY relname",
      url,
    )
  ).map(({ name }) => name);
const made = ["mesh_six_events_2040_03", "mesh_six_events_2040_04"];

for (const role of ["Upper", "keeper.of", 'odd "one'])
  test(`keeps the log of a role named ${role}`, async () => {
    const { url, own } = await logOf(role, neighbour);
    await keepUp(own, settings, month);
    assert.deepEqual(await bounded(url), made);
  });

test("keeps a log in a schema whose name is quoted, with a default partition and triggers", async () => {
  const url = await eventLogDatabase(server, neighbour, ...trigger, defaultPartition, event("2040-03-05"));
  await server.rows('ALTER SCHEMA public RENAME TO "App-1"', url);
  await server.rows(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = "App-1"`);
  await keepUp(url, settings, month);
  assert.deepEqual(await bounded(url), made);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
});

test("settings of the role change nothing", async () => {
  const { url, own } = await logOf("keeper", neighbour, "ALTER TABLE february OWNER TO keeper", ...trigger);
  await give(
    url,
    "quote_all_identifiers = on",
    "standard_conforming_strings = off",
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = sql_standard",
    "TimeZone = 'America/New_York'",
    "default_transaction_isolation = serializable",
    "default_transaction_deferrable = on",
  );
  await keepUp(own, settings, month);
  assert.deepEqual(await bounded(url), made);
  assert.deepEqual((await readPlan(own, settings, month)).steps, []);
});

describe("default privileges that take rights from the owner", () => {
  const revoked = "ALTER DEFAULT PRIVILEGES FOR ROLE keeper REVOKE INSERT, SELECT ON TABLES FROM keeper";
  const rights = (url: string) =>
    server.rows(
      "SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type) AS rights FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) WHERE relname IN ('february', 'mesh_six_events_2040_03') GROUP BY relname",
      url,
    );

  test("do not take them from a new partition, nor stop rows that are moved into it", async () => {
    const { url, own } = await logOf(
      "keeper",
      neighbour,
      "ALTER TABLE february OWNER TO keeper",
      "REVOKE TRUNCATE ON february FROM keeper",
      defaultPartition,
      "ALTER TABLE mesh_six_events_default OWNER TO keeper",
      event("2040-03-05"),
      revoked,
    );
    await keepUp(own, settings, month);
    assert.equal((await server.rows("SELECT FROM mesh_six_events_2040_03", url)).length, 1);
    const [first, second, ...others] = await rights(url);
    assert.deepEqual([first, others], [second, []]);
  });
});

test("a trigger of the log that always fires on the neighbour does so on a new partition", async () => {
  const { url, own } = await logOf(
    "keeper",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER logs BEFORE INSERT ON mesh_six_events FOR EACH ROW EXECUTE FUNCTION f()",
    neighbour,
    "ALTER TABLE february ENABLE ALWAYS TRIGGER logs",
  );
  await keepUp(own, settings, month);
  const fires = await server.rows(
    "SELECT tgenabled AS fires FROM pg_trigger WHERE tgrelid = 'mesh_six_events_2040_03'::regclass",
    url,
  );
  assert.deepEqual(fires, [{ fires: "A" }]);
});

describe("a role with row_security off", () => {
  const hiding = [
    defaultPartition,
    "ALTER TABLE mesh_six_events_default OWNER TO keeper",
    "ALTER TABLE mesh_six_events_default ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE mesh_six_events_default FORCE ROW LEVEL SECURITY",
  ];

  test("makes partitions where nothing is hidden, and names what may be hidden", async () => {
    const { url, own } = await logOf("keeper", ...hiding);
    await give(url, "row_security = off");
    assert.match((await readPlan(own, settings, month)).notices[0] ?? "", /hides rows from role keeper/);
    await keepUp(own, settings, month);
    assert.deepEqual(await bounded(url), made);
  });
});

test("a role whose transactions are read-only is refused with what to do", async () => {
  const { url, own } = await logOf("keeper", neighbour);
  await give(url, "default_transaction_read_only = on");
  await assert.rejects(keepUp(own, settings, month), {
    message:
      "event partitions: cannot execute CREATE TABLE in a read-only transaction; connect to a server, and as a role, that may write: default_transaction_read_only of the role or the database may be on (SQLSTATE 25006)",
  });
});

test("the CronJob's psql keeps a log of such a role too", { skip: withoutPsql }, async () => {
  const { url, own } = await logOf("Upper", defaultPartition, event("now"));
  await server.rows('ALTER TABLE mesh_six_events_default OWNER TO "Upper"', url);
  await upkeepByPsql(own, settings);
  assert.equal((await server.rows("SELECT FROM mesh_six_events_default", url)).length, 0);
});
