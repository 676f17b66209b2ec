import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { look } from "../../support/postgres/looking.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

/* Values of people's types are code's work too: it runs where a constant is read or a default is evaluated. */

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const domains = `
CREATE DOMAIN filled AS int DEFAULT moves_stable();
CREATE TYPE pair AS (n checked);
CREATE FUNCTION takes(pair) RETURNS int LANGUAGE sql AS 'SELECT 1'`;
const casts = `
CREATE TYPE money_of AS (n int);
CREATE FUNCTION of(int) RETURNS money_of LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN ROW($1); END $$;
CREATE CAST (int AS money_of) WITH FUNCTION of(int) AS ASSIGNMENT`;
const orders = `
CREATE FUNCTION compares(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN $1 - $2; END $$;
CREATE OPERATOR CLASS counted FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 compares(int, int);
CREATE TYPE span AS RANGE (SUBTYPE = int, SUBTYPE_OPCLASS = counted)`;
const operators = `
CREATE FUNCTION alike(int, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.orders_id_seq'); RETURN true; END $$;
CREATE OPERATOR = (LEFTARG = int, RIGHTARG = text, FUNCTION = alike);
CREATE OPERATOR >= (LEFTARG = int, RIGHTARG = text, FUNCTION = alike);
CREATE OPERATOR <= (LEFTARG = int, RIGHTARG = text, FUNCTION = alike)`;

describe("looking changes nothing", () => {
  for (const [extra, reason, name, sql] of [
    [
      domains,
      "type checked",
      "their domain as the key of partitions",
      "CREATE TABLE a (n checked) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF a FOR VALUES IN (1)",
    ],
    [
      domains,
      "type checked",
      "a domain of the file's own over theirs",
      "CREATE DOMAIN d AS checked; CREATE TABLE a (n int); ALTER TABLE a ADD m d DEFAULT 1",
    ],
    [
      domains,
      "type filled",
      "the default of their domain",
      "CREATE TABLE a (n int); ALTER TABLE a ADD m filled",
    ],
    [
      domains,
      "type d",
      "the default of a domain of the file's own",
      "CREATE DOMAIN d AS int DEFAULT moves_stable(); CREATE TABLE a (n int); ALTER TABLE a ADD m d",
    ],
    [
      domains,
      "type checked",
      "a list of their domain in a view",
      "CREATE VIEW v AS SELECT '{1}'::checked[] AS n",
    ],
    [domains, "type pair", "a row with their domain in a view", "CREATE VIEW v AS SELECT '(1)'::pair AS n"],
    [domains, "type pair", "a row with their domain in a default", "CREATE TABLE a (n pair DEFAULT '(1)')"],
    [
      domains,
      "takes()",
      "an argument of their function in a view",
      "CREATE VIEW v AS SELECT takes('(1)') AS n",
    ],
    [
      casts,
      "cast integer to money_of",
      "their cast in a default",
      "CREATE TABLE a (n int); ALTER TABLE a ADD m money_of DEFAULT 1",
    ],
    [
      orders,
      "operator class counted",
      "their operator class in a key of partitions",
      "CREATE TABLE a (n int) PARTITION BY RANGE (n counted); CREATE TABLE p PARTITION OF a FOR VALUES FROM (1) TO (2)",
    ],
    [orders, "type span", "their range in a view", "CREATE VIEW v AS SELECT '[1,2)'::span AS n"],
    [
      orders,
      "type span",
      "their range in a default",
      "CREATE TABLE a (n int); ALTER TABLE a ADD m span DEFAULT '[1,2)'",
    ],
    [
      orders,
      "type span",
      "their range as the key of partitions",
      "CREATE TABLE a (n span) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF a FOR VALUES IN ('[1,2)')",
    ],
    [
      operators,
      "operator =",
      "their operator behind BETWEEN and CASE",
      "CREATE TABLE a (n int GENERATED ALWAYS AS (CASE 1 WHEN 'a'::text THEN 1 ELSE 2 END) STORED, m boolean GENERATED ALWAYS AS (1 BETWEEN 'a'::text AND 'b'::text) STORED)",
    ],
    [
      "",
      "check counted",
      "a check that a change of its column's type tries again",
      "CREATE TABLE a (n int CONSTRAINT counted CHECK (n > moves())); ALTER TABLE a ALTER n TYPE bigint",
    ],
    [
      "",
      "check counted",
      "a check that SET NOT NULL looks into",
      "CREATE TABLE a (n int CONSTRAINT counted CHECK (n > moves())); ALTER TABLE a ALTER n SET NOT NULL",
    ],
    [
      "",
      "check counted",
      "a child's check that SET NOT NULL looks into",
      "CREATE TABLE a (n int); CREATE TABLE b (CONSTRAINT counted CHECK (n > moves())) INHERITS (a); ALTER TABLE a ALTER n SET NOT NULL",
    ],
    [
      "",
      "check counted",
      "a check of a table that becomes a partition",
      "CREATE TABLE a (n int) PARTITION BY LIST (n); CREATE TABLE b (n int CONSTRAINT counted CHECK (n > moves())); ALTER TABLE a ATTACH PARTITION b FOR VALUES IN (1)",
    ],
    [
      "",
      "check counted",
      "a domain's check that is validated",
      "CREATE DOMAIN d AS int CONSTRAINT counted CHECK (moves() > 0); ALTER DOMAIN d VALIDATE CONSTRAINT counted",
    ],
  ] as const)
    test(`with ${name}: ${sql.slice(0, 60)}`, async (context) => {
      const { told } = await look(server, context, sql, extra);
      const [, ...rest] = told.split("it may run the code of ");
      assert.ok(
        rest.some((said) => said.slice(0, said.indexOf(";")).split(", ").includes(reason)),
        told,
      );
    });

  test("with a domain that PostgreSQL's own functions check, which keeps no file from being compared", async (context) => {
    const sql = `CREATE DOMAIN d AS text CHECK (VALUE ~ '^a' AND length(VALUE) > 1);
      CREATE TABLE a (n plain DEFAULT 1); ALTER TABLE a ADD m d DEFAULT 'ab'; CREATE VIEW v AS SELECT '{1}'::plain[] AS n`;
    const extra = "CREATE DOMAIN plain AS int CHECK (VALUE > 0)";
    const { told } = await look(server, context, sql, extra);
    assert.doesNotMatch(told, /cannot be rehearsed/);
    assert.match(told, /table a is missing/);
  });
});
