import assert from "node:assert/strict";
import { test } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { locksOf } from "../../../providers/migrations/review/locks.ts";
import { relationsOf } from "../../../providers/migrations/review/relations.ts";
import { splitStatements } from "../../../providers/migrations/files/statements.ts";
import { warningsOf } from "../../../providers/migrations/review/warnings.ts";
import { migrationFolder } from "../../support/migrations.ts";

const review = (sql: string): string[] => {
  const made = new Set<string>();
  return splitStatements(sql).flatMap((statement) => [
    ...locksOf(statement).map(({ mode, table }) => `${mode} ${table}`),
    ...warningsOf(statement, made, new Map()).map((warning) => warning.split(/[;,:]/)[0] ?? ""),
  ]);
};

const cases: Readonly<Record<string, readonly string[]>> = {
  "CREATE INDEX i ON s.t (a)": [
    "SHARE s.t",
    "CREATE INDEX without CONCURRENTLY blocks writes to s.t while the index is built",
  ],
  "CREATE INDEX CONCURRENTLY i ON t (a)": ["SHARE UPDATE EXCLUSIVE t"],
  'ALTER TABLE IF EXISTS ONLY "T x" ADD COLUMN a int NOT NULL': [
    'ACCESS EXCLUSIVE "T x"',
    "ADD COLUMN a NOT NULL without a default fails as soon as the table has a row",
  ],
  "ALTER TABLE t ADD a int NOT NULL DEFAULT 0": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t ADD serial text, ADD COLUMN IF NOT EXISTS identity bigserial": [
    "ACCESS EXCLUSIVE t",
    "ADD COLUMN identity computes a value for every row",
  ],
  "ALTER TABLE t ADD a uuid DEFAULT gen_random_uuid(), DROP b": [
    "ACCESS EXCLUSIVE t",
    "ADD COLUMN a computes a value for every row",
    "DROP B is for ever",
  ],
  "ALTER TABLE t ALTER COLUMN a TYPE bigint": [
    "ACCESS EXCLUSIVE t",
    "ALTER COLUMN TYPE rewrites the whole table unless the old type is binary-compatible",
  ],
  "ALTER TABLE t ALTER a SET NOT NULL": [
    "ACCESS EXCLUSIVE t",
    "SET NOT NULL reads the whole table under its lock unless a valid CHECK proves it",
  ],
  "ALTER TABLE t ALTER type SET NOT NULL, ALTER COLUMN type SET DATA TYPE text, ALTER type SET DEFAULT 'x'": [
    "ACCESS EXCLUSIVE t",
    "SET NOT NULL reads the whole table under its lock unless a valid CHECK proves it",
    "ALTER COLUMN TYPE rewrites the whole table unless the old type is binary-compatible",
  ],
  "ALTER TABLE s.owner ADD set int NOT NULL": [
    "ACCESS EXCLUSIVE s.owner",
    "ADD COLUMN set NOT NULL without a default fails as soon as the table has a row",
  ],
  "ALTER TABLE t ADD CONSTRAINT c NOT NULL a": [
    "ACCESS EXCLUSIVE t",
    "ADD NOT NULL without NOT VALID reads the whole table under its lock",
  ],
  "ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t VALIDATE CONSTRAINT c": ["SHARE UPDATE EXCLUSIVE t"],
  "DROP INDEX i": [
    "ACCESS EXCLUSIVE i",
    "DROP INDEX without CONCURRENTLY blocks reads and writes of its table while it waits",
  ],
  "DROP TABLE a, b": ["ACCESS EXCLUSIVE a", "ACCESS EXCLUSIVE b", "DROP TABLE is for ever"],
  "DELETE FROM t": ["ROW EXCLUSIVE t", "DELETE without WHERE touches every row"],
  "UPDATE t SET a = 1 WHERE b": ["ROW EXCLUSIVE t"],
  "UPDATE t SET a = (SELECT b FROM u WHERE c)": ["ROW EXCLUSIVE t", "UPDATE without WHERE touches every row"],
  "DROP EXTENSION e CASCADE": ["DROP EXTENSION is for ever"],
  "DROP OWNED BY r": ["DROP OWNED is for ever"],
  "WITH old AS (DELETE FROM a RETURNING *), new AS (UPDATE b SET n = 1) INSERT INTO c SELECT * FROM old FOR UPDATE":
    ["ROW EXCLUSIVE a", "ROW EXCLUSIVE b", "ROW EXCLUSIVE c"],
  "VACUUM (ANALYZE) a, b": ["SHARE UPDATE EXCLUSIVE a", "SHARE UPDATE EXCLUSIVE b"],
  "VACUUM FULL t": ["ACCESS EXCLUSIVE t", "VACUUM FULL rewrites the table and blocks reads and writes"],
  "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)": ["SHARE UPDATE EXCLUSIVE t", "ACCESS EXCLUSIVE p"],
  "ALTER TABLE t SET (fillfactor = 70)": ["SHARE UPDATE EXCLUSIVE t"],
  "DO $$ BEGIN END $$": ["DO"],
};

for (const [sql, expected] of Object.entries(cases))
  test(`a reviewer is told the lock and the danger of: ${sql}`, () =>
    assert.deepEqual(review(sql), expected));

test("a refresh looks for what the files leave: nothing that a later one dropped, renamed or moved", async (context) => {
  const directory = await migrationFolder(context, {
    "001_a.sql":
      "CREATE TABLE a (); CREATE INDEX a_i ON a (i); CREATE TABLE b (); CREATE VIEW v AS SELECT 1;",
    "002_b.sql":
      "ALTER TABLE a SET SCHEMA old; ALTER VIEW v RENAME TO w; ALTER TABLE b ALTER c SET DEFAULT 1;",
  });
  assert.deepEqual(relationsOf(readMigrations(directory).migrations), ["b"]);
});

test("a table that IF NOT EXISTS leaves as it is counts as none of the plan's", () => {
  const [create, alter] = splitStatements(
    "CREATE TABLE IF NOT EXISTS t (a int); ALTER TABLE t ADD b int NOT NULL",
  );
  assert.ok(create && alter);
  const sizes = new Map([["t", { bytes: 8192, rows: 1 }]]);
  const made = new Set<string>();
  assert.deepEqual([warningsOf(create, made, sizes), [...made]], [[], []]);
  assert.equal(warningsOf(alter, made, sizes).length, 1);
});

test("statements on a table the plan makes itself are not warned about", () => {
  const sql = "CREATE TABLE t (); ALTER TABLE t ADD a int NOT NULL; CREATE INDEX i ON t (a)";
  assert.deepEqual(
    review(sql).filter((line) => !/ t$/.test(line)),
    [],
  );
});
