import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { canary, look as lookOn } from "../../support/postgres/looking.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres({ wal_level: "logical" })));
after(() => server.close());

const look = (context: TestContext, sql: string, extra?: string) => lookOn(server, context, sql, extra);

/** Ways out of a transaction that is rolled back, and what else runs somebody's code. */
const ways: Readonly<Record<string, string>> = {
  "setval in SELECT": "SELECT setval('public.orders_id_seq', 1000)",
  "nextval beside a table": "CREATE TABLE a (n int); SELECT nextval('orders_id_seq')",
  "nextval in INSERT": "INSERT INTO orders (n) VALUES (1)",
  "UPDATE of every row": "UPDATE orders SET n = n + 1",
  "a DO block": "DO $$ BEGIN PERFORM nextval('orders_id_seq'); END $$",
  "COPY to a file": `COPY orders TO '${canary}'`,
  "COPY to a program": `COPY (SELECT 1) TO PROGRAM 'touch ${canary}'`,
  "a replication slot": "SELECT pg_create_physical_replication_slot('canary')",
  "a logical slot": "SELECT pg_create_logical_replication_slot('canary', 'pgoutput')",
  "a large object's file": `SELECT lo_export(lo_from_bytea(0, 'x'), '${canary}')`,
  "a query in CREATE TABLE AS": "CREATE TABLE a AS SELECT nextval('orders_id_seq') AS n",
  "a materialized view": "CREATE MATERIALIZED VIEW v AS SELECT nextval('orders_id_seq') AS n",
  "SELECT INTO": "SELECT nextval('orders_id_seq') AS n INTO a",
  "the bound of a partition":
    "CREATE TABLE a (n bigint) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF a FOR VALUES IN (nextval('orders_id_seq'))",
  "a function in the bound of a partition":
    "CREATE TABLE a (n int) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF a FOR VALUES IN (moves())",
  "a generated column": "CREATE TABLE a (n int GENERATED ALWAYS AS (moves()) STORED)",
  "an index on an expression": "CREATE TABLE a (n int); CREATE INDEX i ON a ((n + moves()))",
  "an index on a part": "CREATE TABLE a (n int); CREATE INDEX i ON a (n) WHERE n > moves()",
  "a default of a new column": "CREATE TABLE a (n int); ALTER TABLE a ADD m int DEFAULT moves_stable()",
  "a default by a constant": "CREATE TABLE a (n int); ALTER TABLE a ADD m int DEFAULT moves(1)",
  "a new check": "CREATE TABLE a (n int); ALTER TABLE a ADD CHECK (n > moves())",
  "an operator": "CREATE TABLE a (n int); CREATE INDEX i ON a ((1 <<< 2))",
  "a type's change": "CREATE TABLE a (n int); ALTER TABLE a ALTER n TYPE bigint USING moves()",
  "a domain": "CREATE TABLE a (n int); ALTER TABLE a ADD m checked DEFAULT 1",
  "a function of the file's own":
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN nextval('public.orders_id_seq'); END $$; CREATE TABLE a (n int GENERATED ALWAYS AS (f()) STORED)",
  "a full name": "ALTER TABLE public.orders ADD m int",
  "a bare name of theirs": "ALTER TABLE orders ADD m int; DROP TABLE IF EXISTS orders CASCADE",
  "another search path":
    "SET search_path = public; CREATE TABLE orders2 (); ALTER SEQUENCE orders_id_seq RESTART",
  "a role": "CREATE ROLE canary_role",
  "a lock that outlives its transaction": "SELECT pg_advisory_lock(42)",
  "the statistics": "SELECT pg_stat_reset()",
  "the log of writes":
    "SELECT pg_logical_emit_message(false, 'canary', 'x'), pg_create_restore_point('canary')",
  "a large object": "SELECT lo_create(4242)",
  "a notification": "NOTIFY canary, 'x'; LISTEN canary; SELECT pg_notify('canary', 'x')",
  "the server's settings":
    "-- mesh-six: no-transaction\nALTER SYSTEM SET work_mem = '5MB'; SELECT pg_reload_conf()",
  "the database's settings":
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '5MB'); END $$; ALTER ROLE postgres SET work_mem = '5MB'",
  "a setting": "SELECT set_config('search_path', 'canary', false); SET work_mem = '5MB'",
  "a database": "-- mesh-six: no-transaction\nCREATE DATABASE canary",
  "a comment and a grant": "COMMENT ON TABLE orders IS 'x'; GRANT ALL ON orders TO PUBLIC",
  "a foreign data wrapper":
    "CREATE FOREIGN DATA WRAPPER canary; CREATE SERVER canary FOREIGN DATA WRAPPER canary",
  "an extension": "CREATE EXTENSION dblink; CREATE EXTENSION IF NOT EXISTS dblink",
  "a subscription":
    "-- mesh-six: no-transaction\nCREATE SUBSCRIPTION canary CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)",
  "a cursor": "DECLARE c CURSOR WITH HOLD FOR SELECT nextval('orders_id_seq'); FETCH c",
  "a prepared statement":
    "PREPARE p AS SELECT nextval('orders_id_seq'); EXECUTE p; CREATE TABLE a AS EXECUTE p",
  "EXPLAIN ANALYZE": "EXPLAIN ANALYZE UPDATE orders SET n = nextval('orders_id_seq')",
  "rows changed within a query":
    "WITH gone AS (DELETE FROM orders RETURNING n) SELECT nextval('orders_id_seq') FROM gone",
  "rows changed by CREATE TABLE AS":
    "CREATE TABLE a AS WITH gone AS (DELETE FROM orders RETURNING n) SELECT n FROM gone",
  "MERGE and TRUNCATE":
    "MERGE INTO orders USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE; TRUNCATE orders RESTART IDENTITY CASCADE",
  "a sequence that is given away": "CREATE TABLE a (id serial); ALTER SEQUENCE orders_id_seq OWNED BY a.id",
  "their sequence in a default":
    "CREATE TABLE a (n int DEFAULT nextval('orders_id_seq')); ALTER TABLE a ADD m int DEFAULT nextval('orders_id_seq')",
  "their code in a key of partitions": "CREATE TABLE a (n int) PARTITION BY RANGE ((n + moves()))",
  "their code in an exclusion": "CREATE TABLE a (n int, EXCLUDE USING btree ((n + moves()) WITH =))",
  "their domain in a new table": "CREATE TABLE a (n checked DEFAULT 1); ALTER TABLE a ALTER n TYPE int",
  "their domain as a new type": "CREATE TABLE a (n int DEFAULT 1); ALTER TABLE a ALTER n TYPE checked",
  "a domain of the file's own": "CREATE DOMAIN d AS int DEFAULT moves() CHECK (VALUE > moves())",
  "an argument's default": "CREATE FUNCTION f(a int DEFAULT moves()) RETURNS int LANGUAGE sql AS 'SELECT a'",
  "a parent and a model of theirs":
    "CREATE TABLE a () INHERITS (orders); CREATE TABLE b (LIKE orders INCLUDING ALL)",
  "a foreign key to theirs": "CREATE TABLE a (n int REFERENCES orders)",
  "objects of somebody": "REASSIGN OWNED BY postgres TO pg_database_owner; DROP OWNED BY pg_monitor",
  "code of a library":
    "LOAD 'auto_explain'; CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'auto_explain', 'f'",
  "an event trigger":
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER canary ON ddl_command_end EXECUTE FUNCTION e()",
};

describe("looking changes nothing", () => {
  for (const [name, sql] of Object.entries(ways))
    test(`with ${name}: ${sql.slice(0, 60)}`, async (context) => void (await look(context, sql)));

  test("where an event trigger would run at the rehearsal's own statements", async (context) => {
    const trigger = `CREATE FUNCTION hears() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); END $$;
      CREATE EVENT TRIGGER hears ON ddl_command_end EXECUTE FUNCTION hears()`;
    const { url, told } = await look(context, "CREATE TABLE a ()", trigger);
    await server.rows("DROP EVENT TRIGGER hears", url);
    assert.match(
      told,
      /cannot be rehearsed: the event trigger hears would run its code; .*confirm with npm run migrations -- baseline/,
    );
  });
});

describe("a file that cannot be rehearsed", () => {
  for (const [sql, reason] of [
    ["ALTER TYPE mood ADD VALUE 'c'", "mood is not made by these files"],
    ["CREATE ROLE r", "CREATE ROLE reaches beyond one schema"],
    ["CREATE PUBLICATION p", "CREATE PUBLICATION reaches beyond one schema"],
    ["CREATE TABLE public.orders (id int)", "table public.orders is there already, and is not compared"],
    ["ALTER TABLE orders ADD m int", "orders is not made by these files"],
    ["DO $$ BEGIN END $$", "its code is not run, and it holds nothing else to compare"],
  ] as const)
    test(`waits for a person's baseline: ${sql}`, async (context) => {
      const { told } = await look(context, sql, "CREATE TYPE mood AS ENUM ('a', 'b')");
      const advice =
        "look at the database, and confirm with npm run migrations -- baseline that it holds what the file makes";
      assert.ok(told.includes(`it cannot be rehearsed: line 1: ${reason}; ${advice}`), told);
    });

  test("leaves the others to be compared, and a file of rows to be taken as it is", async (context) => {
    const { told } = await look(context, "INSERT INTO orders (id) VALUES (1); SET lock_timeout = 0");
    assert.equal(told, "adopted");
  });
});
