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

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
  await server.rows("CREATE ROLE keeper LOGIN PASSWORD 'keeper'");
  for (const role of ["reader", '"odd ""reader"', "auditor"]) await server.rows(`CREATE ROLE ${role}`);
});
after(() => server.close());

const settings = { ...defaults, monthsAhead: 1 };
const month = "2040-03";
const neighbour = partition("mesh_six_events_2040_02", "2040-02-01", "2040-03-01");
const made = "mesh_six_events_2040_03";

/** A log whose owner is an ordinary role, as `up` makes it; returns the superuser's URL and the role's. */
async function ownLog(...statements: string[]): Promise<{ readonly url: string; readonly own: string }> {
  const url = await eventLogDatabase(
    server,
    "ALTER TABLE mesh_six_events OWNER TO keeper",
    "GRANT ALL ON SCHEMA public TO keeper",
    ...statements,
  );
  const own = new URL(url);
  own.username = own.password = "keeper";
  return { url, own: own.href };
}

/** Everything that guards a table, as the catalogue has it. */
async function guards(url: string, table: string): Promise<object> {
  const [row] = await server.rows<Record<string, unknown>>(
    `SELECT relrowsecurity AS secured, relforcerowsecurity AS forced, relreplident AS identity, reloptions AS storage,
            pg_get_userbyid(relowner) AS owner,
            (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) AS a) AS rights,
            (SELECT array_agg(attname || ' ' || attacl::text ORDER BY attname) FROM pg_attribute
              WHERE attrelid = c.oid AND attacl IS NOT NULL) AS "columnRights",
            (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid) AS toast,
            (SELECT jsonb_agg(jsonb_build_array(policyname, permissive, roles, cmd, qual, with_check) ORDER BY policyname)
               FROM pg_policies WHERE tablename = c.relname) AS policies,
            (SELECT array_agg(replace(pg_get_triggerdef(oid), c.relname, 'TABLE') || tgenabled::text ORDER BY tgname) FROM pg_trigger
              WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers,
            (SELECT count(*)::int FROM pg_index WHERE indrelid = c.oid AND indisreplident) AS "identityIndex"
       FROM pg_class c WHERE oid = $1::regclass`,
    url,
    [table],
  );
  return row ?? {};
}

const append = `CREATE FUNCTION no_truncate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''append-only''; END'`;
const on = (statement: string) => statement.replace("TABLE", "mesh_six_events_2040_02");
const own = "ALTER TABLE mesh_six_events_2040_02 OWNER TO keeper";

/** Changes to the neighbour; the new partition has to come out the same. */
const likeNeighbour: Record<string, readonly string[]> = {
  "nothing at all": [],
  "row security without a policy": ["ALTER TABLE mesh_six_events_2040_02 ENABLE ROW LEVEL SECURITY"],
  "row security that is forced, with policies of every kind": [
    "ALTER TABLE mesh_six_events_2040_02 ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE mesh_six_events_2040_02 FORCE ROW LEVEL SECURITY",
    on(
      `CREATE POLICY "own rows" ON TABLE TO reader, "odd ""reader" USING (agent_id = current_user AND trace_id <> 'it''s')`,
    ),
    on("CREATE POLICY adding ON TABLE FOR INSERT WITH CHECK (true)"),
    on(
      "CREATE POLICY narrow ON TABLE AS RESTRICTIVE FOR UPDATE USING (event_version > 0) WITH CHECK (event_version > 1)",
    ),
    on("CREATE POLICY never ON TABLE FOR DELETE TO reader USING (false)"),
  ],
  "rights of tables and columns, some to be granted on, some to everybody": [
    on('GRANT SELECT ON TABLE TO reader, "odd ""reader" WITH GRANT OPTION'),
    on("GRANT INSERT, UPDATE ON TABLE TO reader"),
    on("GRANT SELECT (seq, timestamp) ON TABLE TO PUBLIC"),
    on("GRANT UPDATE (payload) ON TABLE TO auditor WITH GRANT OPTION"),
  ],
  "an owner without some rights": [on("REVOKE UPDATE, DELETE, TRUNCATE ON TABLE FROM keeper")],
  "rights other than those of new tables": [
    "ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT SELECT ON TABLES TO reader, PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE keeper IN SCHEMA public GRANT ALL ON TABLES TO auditor",
    on("GRANT SELECT ON TABLE TO auditor"),
  ],
  "replica identity full": ["ALTER TABLE mesh_six_events_2040_02 REPLICA IDENTITY FULL"],
  "replica identity nothing": ["ALTER TABLE mesh_six_events_2040_02 REPLICA IDENTITY NOTHING"],
  "replica identity by an index of the log": [
    "ALTER TABLE mesh_six_events_2040_02 REPLICA IDENTITY USING INDEX mesh_six_events_2040_02_pkey",
  ],
  "storage parameters": [
    "ALTER TABLE mesh_six_events_2040_02 SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off)",
  ],
  "triggers of its own, one that always fires": [
    append,
    on("CREATE TRIGGER keep BEFORE TRUNCATE ON TABLE FOR EACH STATEMENT EXECUTE FUNCTION no_truncate()"),
    on(
      `CREATE TRIGGER "keep too" BEFORE DELETE ON TABLE FOR EACH ROW WHEN (OLD.event_version > 0) EXECUTE FUNCTION no_truncate()`,
    ),
    'ALTER TABLE mesh_six_events_2040_02 ENABLE ALWAYS TRIGGER "keep too"',
  ],
};

describe("a new partition is guarded as its neighbour", () => {
  for (const [what, statements] of Object.entries(likeNeighbour)) {
    test(what, async () => {
      const log = await ownLog(neighbour, own, ...statements);
      await keepUp(log.own, settings, month);
      assert.deepEqual(await guards(log.url, made), await guards(log.url, "mesh_six_events_2040_02"));
      assert.deepEqual((await readPlan(log.own, settings, month)).steps, [], "nothing is left to do");
    });
  }
});

test("one neighbour with row security is enough, also where a newer one has none", async () => {
  const log = await ownLog(
    neighbour,
    own,
    "ALTER TABLE mesh_six_events_2040_02 ENABLE ROW LEVEL SECURITY",
    on("CREATE POLICY mine ON TABLE USING (agent_id = current_user)"),
    partition("newer", "2040-06-01", "2040-07-01"),
  );
  const plan = await readPlan(log.own, settings, month);
  assert.match(plan.steps[0]?.note ?? "", /; row security as mesh_six_events_2040_02$/);
  await keepUp(log.own, settings, month);
  const { secured, policies } = (await guards(log.url, made)) as {
    secured: boolean;
    policies: unknown[];
  };
  assert.equal(secured, true);
  assert.equal(policies.length, 1);
});

test("the first partition is guarded as the log itself is", async () => {
  const log = await ownLog(
    "ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT SELECT ON TABLES TO reader",
    "ALTER TABLE mesh_six_events ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE mesh_six_events FORCE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON mesh_six_events TO auditor USING (agent_id = current_user)",
    "GRANT SELECT ON mesh_six_events TO auditor",
    "ALTER TABLE mesh_six_events REPLICA IDENTITY USING INDEX mesh_six_events_pkey",
  );
  await keepUp(log.own, settings, month);
  // A log itself has neither rows to store nor triggers that its partitions lack.
  const ofRows = { storage: null, toast: null, triggers: null };
  assert.deepEqual(
    { ...(await guards(log.url, made)), ...ofRows },
    { ...(await guards(log.url, "mesh_six_events")), ...ofRows },
  );
});

test("rows of the default partition come along into one that is guarded", async () => {
  const log = await ownLog(
    defaultPartition,
    "ALTER TABLE mesh_six_events_default OWNER TO keeper",
    "ALTER TABLE mesh_six_events_default ENABLE ROW LEVEL SECURITY",
    event("2040-03-05"),
  );
  await keepUp(log.own, settings, month);
  assert.equal((await server.rows(`SELECT FROM ${made}`, log.url)).length, 1);
  assert.equal(((await guards(log.url, made)) as { secured: boolean }).secured, true);
});

test("rows that forced row security hides from the owner are named, and nothing is made without them", async () => {
  const log = await ownLog(
    defaultPartition,
    "ALTER TABLE mesh_six_events_default OWNER TO keeper",
    event("2040-03-05"),
    "ALTER TABLE mesh_six_events_default ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE mesh_six_events_default FORCE ROW LEVEL SECURITY",
  );
  const hidden =
    "row security of public.mesh_six_events_default hides rows from role keeper: rows it hides are neither counted nor moved";
  assert.deepEqual((await readPlan(log.own, settings, month)).notices, [hidden]);
  await assert.rejects(keepUp(log.own, settings, month), {
    message:
      "event partitions: partition public.mesh_six_events_2040_03: expected none of its rows left in public.mesh_six_events_default, got some that row security hides from role keeper; run this once as a role with BYPASSRLS, or with ALTER TABLE public.mesh_six_events_default NO FORCE ROW LEVEL SECURITY until it has run",
  });
  assert.equal((await server.rows("SELECT to_regclass($1) AS made", log.url, [made]))[0]?.["made"], null);
  assert.equal((await server.rows("SELECT FROM mesh_six_events", log.url)).length, 1);
  assert.deepEqual((await readPlan(log.url, settings, month)).notices, [], "a superuser sees them all");
});

/** Properties that no statement can make again; the partition is then refused instead of made open. */
const irreproducible: Record<string, readonly string[]> = {
  "policy mine of mesh_six_events_2040_02, which names its own table": [
    "ALTER TABLE mesh_six_events_2040_02 ENABLE ROW LEVEL SECURITY",
    on("CREATE POLICY mine ON TABLE USING (EXISTS (SELECT FROM pg_roles WHERE rolname = agent_id))"),
  ],
  "rule nothing of mesh_six_events_2040_02": [
    on("CREATE RULE nothing AS ON DELETE TO TABLE DO INSTEAD NOTHING"),
  ],
};

for (const [what, statements] of Object.entries(irreproducible)) {
  test(`refuses rather than to make a partition without ${what}`, async () => {
    const log = await ownLog(neighbour, own, ...statements);
    await assert.rejects(keepUp(log.own, settings, month), (error: Error) =>
      error.message.includes(`got what cannot be made again by itself: ${what}`),
    );
    assert.equal((await server.rows("SELECT to_regclass($1) AS made", log.url, [made]))[0]?.["made"], null);
  });
}

test("the CronJob's psql guards them too", { skip: withoutPsql }, async () => {
  const log = await ownLog(
    partition("mesh_six_events_2040_02", "2000-01-01", "2000-02-01"),
    own,
    ...likeNeighbour["row security that is forced, with policies of every kind"]!,
    ...likeNeighbour["triggers of its own, one that always fires"]!,
    "ALTER TABLE mesh_six_events_2040_02 REPLICA IDENTITY USING INDEX mesh_six_events_2040_02_pkey",
  );
  await upkeepByPsql(log.own, settings);
  const [row] = await server.rows<{ name: string }>(
    "SELECT 'mesh_six_events_' || to_char(now(), 'YYYY_MM') AS name",
    log.url,
  );
  assert.deepEqual(await guards(log.url, row?.name ?? ""), await guards(log.url, "mesh_six_events_2040_02"));
});
