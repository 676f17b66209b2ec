import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { planMigrations } from "../../../providers/migrations/run/plan.ts";
import { relationsLeft } from "../../../providers/migrations/review/expectedRelations.ts";
import { linesOf } from "../../../providers/migrations/review/planText.ts";
import type { MigrationsReport } from "../../../providers/migrations/review/report.ts";
import { reviewPlan } from "../../../providers/migrations/review/review.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";

/** The review of one pending file where the database cannot be asked. */
async function review(context: TestContext, sql: string): Promise<MigrationsReport> {
  const files = readMigrations(await migrationFolder(context, { "001_a.sql": sql }));
  const nothing = { backend: 0, readOnly: true, ledger: [], application: [], applicationSchema: "public" };
  return reviewPlan(planMigrations(files, nothing, { allowOutOfOrder: false }), "it is down");
}

const scan = "reads the whole table under its lock";

/** Each statement with its locks, then with the beginning of each warning. */
const cases: Readonly<Record<string, readonly string[]>> = {
  "CREATE INDEX i ON s.t (a)": ["SHARE s.t", "lock: CREATE INDEX without CONCURRENTLY blocks writes to s.t"],
  "CREATE INDEX CONCURRENTLY i ON t (a)": ["SHARE UPDATE EXCLUSIVE t"],
  'ALTER TABLE IF EXISTS ONLY "T x" ADD COLUMN a int NOT NULL': [
    'ACCESS EXCLUSIVE "T x"',
    "lock: ADD COLUMN a NOT NULL without a default fails as soon as the table has a row",
  ],
  "ALTER TABLE t ADD a int NOT NULL DEFAULT 0": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t ADD a int NOT NULL DEFAULT NULL": [
    "ACCESS EXCLUSIVE t",
    "lock: ADD COLUMN a NOT NULL without a default",
  ],
  "ALTER TABLE t ADD serial text, ADD COLUMN IF NOT EXISTS identity bigserial": [
    "ACCESS EXCLUSIVE t",
    "lock: ADD COLUMN identity computes a value for every row",
  ],
  "ALTER TABLE t ADD a uuid DEFAULT gen_random_uuid(), DROP b": [
    "ACCESS EXCLUSIVE t",
    "lock: ADD COLUMN a computes a value for every row",
    "data: DROP COLUMN b is irreversible",
  ],
  "ALTER TABLE t ADD a int GENERATED ALWAYS AS (b * 2) STORED": [
    "ACCESS EXCLUSIVE t",
    "lock: ADD COLUMN a computes a value for every row",
  ],
  "ALTER TABLE t ADD a int UNIQUE": ["ACCESS EXCLUSIVE t", "lock: ADD COLUMN a UNIQUE builds an index"],
  "ALTER TABLE t ADD a int CHECK (a > 0)": ["ACCESS EXCLUSIVE t", `lock: ADD COLUMN a CHECK ${scan}`],
  "ALTER TABLE t ADD a int REFERENCES b": ["ACCESS EXCLUSIVE t", "SHARE ROW EXCLUSIVE b"],
  "ALTER TABLE t ADD a int DEFAULT 1 REFERENCES b": [
    "ACCESS EXCLUSIVE t",
    "SHARE ROW EXCLUSIVE b",
    `lock: ADD COLUMN a REFERENCES with a default ${scan}`,
  ],
  "ALTER TABLE t DROP COLUMN a, ADD FOREIGN KEY (b) REFERENCES u": [
    "ACCESS EXCLUSIVE t",
    "SHARE ROW EXCLUSIVE u",
    "data: DROP COLUMN a is irreversible",
    `lock: ADD FOREIGN KEY without NOT VALID ${scan}`,
  ],
  "ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES u NOT VALID": [
    "SHARE ROW EXCLUSIVE t",
    "SHARE ROW EXCLUSIVE u",
  ],
  "ALTER TABLE t ALTER COLUMN a TYPE bigint": [
    "ACCESS EXCLUSIVE t",
    "lock: ALTER COLUMN TYPE rewrites the whole table",
  ],
  "ALTER TABLE t ALTER type SET NOT NULL, ALTER COLUMN type SET DATA TYPE text, ALTER type SET DEFAULT 'x'": [
    "ACCESS EXCLUSIVE t",
    `lock: SET NOT NULL ${scan}`,
    "lock: ALTER COLUMN TYPE rewrites the whole table",
  ],
  "ALTER TABLE t ADD CONSTRAINT c NOT NULL a": [
    "ACCESS EXCLUSIVE t",
    `lock: ADD NOT NULL without NOT VALID ${scan}`,
  ],
  "ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t VALIDATE CONSTRAINT c": ["SHARE UPDATE EXCLUSIVE t"],
  "ALTER TABLE t RENAME CONSTRAINT a TO b": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t RENAME a TO b": [
    "ACCESS EXCLUSIVE t",
    "lock: RENAME breaks whatever still uses the old name",
  ],
  "ALTER INDEX i RENAME TO j": [],
  "ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)": [
    "SHARE UPDATE EXCLUSIVE t",
    "ACCESS EXCLUSIVE p",
    "lock: ATTACH PARTITION reads the whole partition",
  ],
  "ALTER TABLE t DETACH PARTITION p": [
    "ACCESS EXCLUSIVE t",
    "ACCESS EXCLUSIVE p",
    "lock: DETACH PARTITION without CONCURRENTLY blocks reads and writes",
  ],
  "ALTER TABLE t SET (fillfactor = 70)": ["SHARE UPDATE EXCLUSIVE t"],
  "ALTER TABLE t SET (user_catalog_table = true)": ["ACCESS EXCLUSIVE t"],
  "ALTER TABLE t DISABLE TRIGGER ALL": ["SHARE ROW EXCLUSIVE t"],
  "CREATE RULE r AS ON INSERT TO t DO INSTEAD DELETE FROM u WHERE a": [
    "ACCESS EXCLUSIVE t",
    "ROW EXCLUSIVE u",
    "lock: CREATE RULE replaces what statements on t do",
  ],
  "CREATE TABLE p PARTITION OF t DEFAULT": ["ACCESS EXCLUSIVE t"],
  "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()": ["SHARE ROW EXCLUSIVE t"],
  "DROP INDEX i": ["ACCESS EXCLUSIVE the table of index i", "lock: DROP INDEX without CONCURRENTLY"],
  "DROP TABLE a, s.b CASCADE": [
    "ACCESS EXCLUSIVE a",
    "ACCESS EXCLUSIVE s.b",
    "data: DROP TABLE is irreversible; CASCADE drops all that depends on it",
  ],
  "DELETE FROM t": ["ROW EXCLUSIVE t", "data: DELETE without a condition deletes every row of t"],
  "DELETE FROM t WHERE true": ["ROW EXCLUSIVE t", "data: DELETE without a condition deletes every row of t"],
  "UPDATE t SET a = 1 WHERE b": ["ROW EXCLUSIVE t"],
  "UPDATE t SET a = (SELECT b FROM u WHERE c)": [
    "ROW EXCLUSIVE t",
    "data: UPDATE without a condition changes every row of t",
  ],
  "DROP EXTENSION e": ["data: DROP EXTENSION is irreversible"],
  "DROP OWNED BY r": ["data: DROP OWNED is irreversible"],
  "WITH d AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM d": [
    "ROW EXCLUSIVE u",
    "ROW EXCLUSIVE t",
    "data: DELETE without a condition deletes every row of t",
  ],
  "TRUNCATE a, ONLY b": [
    "ACCESS EXCLUSIVE a",
    "ACCESS EXCLUSIVE b",
    "data: TRUNCATE deletes every row of a",
    "data: TRUNCATE deletes every row of b",
  ],
  "VACUUM (ANALYZE) a, b": ["SHARE UPDATE EXCLUSIVE a", "SHARE UPDATE EXCLUSIVE b"],
  "VACUUM (FULL false) t": ["SHARE UPDATE EXCLUSIVE t"],
  "VACUUM FULL t": ["ACCESS EXCLUSIVE t", "lock: VACUUM FULL rewrites the table"],
  ANALYZE: ["SHARE UPDATE EXCLUSIVE every table"],
  "SELECT setval('s.\"Counts\"'::regclass, 9)": ['ROW EXCLUSIVE s."Counts"'],
  "INSERT INTO t VALUES (nextval('s'))": ["ROW EXCLUSIVE t", "ROW EXCLUSIVE s"],
  "SELECT nextval('s') FROM t": [],
  "DO $$ BEGIN EXECUTE 'ALTER TABLE t OWNER TO ' || quote_ident(x) || ';'; END $$": [
    "ACCESS EXCLUSIVE t",
    "lock: DO: its statements are read as if all of them ran",
  ],
  [`DO $$ BEGIN EXECUTE format('ALTER TABLE t ADD "%s" text DEFAULT %L CHECK (n %% 2 = 0)', x, y); END $$`]: [
    "ACCESS EXCLUSIVE t",
    "lock: DO: its statements are read as if all of them ran",
    "lock: ADD COLUMN … CHECK reads the whole table under its lock",
  ],
  "DO $$ BEGIN EXECUTE x || ' t'; EXECUTE f(x); END $$": [
    "lock: DO: its statements are read as if all of them ran",
  ],
  "DO $$ BEGIN PERFORM setval('s', 9); END $$": [
    "ROW EXCLUSIVE s",
    "lock: DO: its statements are read as if all of them ran",
  ],
  "LOCK TABLE a, b IN EXCLUSIVE MODE": ["EXCLUSIVE a", "EXCLUSIVE b"],
  "DO $$ BEGIN ALTER TABLE t DROP a; EXECUTE 'TRUNCATE u'; END $$": [
    "ACCESS EXCLUSIVE t",
    "ACCESS EXCLUSIVE u",
    "lock: DO: its statements are read as if all of them ran",
    "data: DROP COLUMN a is irreversible",
    "data: TRUNCATE deletes every row of u",
  ],
  "CREATE TABLET t ()": [
    "lock: not analysed, for PostgreSQL's parser of version 18 cannot read it: syntax error",
  ],
};

describe("a review", () => {
  for (const [sql, expected] of Object.entries(cases))
    test(`tells the locks and the dangers of: ${sql}`, async (context) => {
      const special = /CONCURRENTLY|VACUUM/.test(sql) ? "-- mesh-six: no-transaction\n" : "";
      const [file] = (await review(context, special + sql)).files;
      const got = [
        ...(file?.locks ?? []).map(({ mode, table }) => `${mode} ${table}`),
        ...(file?.warnings ?? []).map(({ risk, text }) => `${risk}: ${text}`),
      ];
      assert.deepEqual(
        got.map((text, at) => (text.startsWith(expected[at] ?? "?") ? expected[at] : text)),
        expected,
      );
    });

  test("does not warn about what the plan makes itself", async (context) => {
    const sql =
      "CREATE TABLE t (); ALTER TABLE t ADD a int NOT NULL; CREATE INDEX i ON t (a); DELETE FROM t; DROP TABLE t";
    const [file] = (await review(context, sql)).files;
    assert.deepEqual([file?.locks, file?.warnings], [[], []]);
  });

  test("shows a long file by its first and last statements, with every lock and warning", async (context) => {
    const rows = Array.from({ length: 3000 }, (_, at) => `INSERT INTO t VALUES (${at}, 'row ${at}');`);
    const report = await review(context, `${rows.join("\n")}\nDELETE FROM u; ${rows.join("\n")}`);
    const lines = [...linesOf(report)];
    assert.equal(lines[1], "001_a.sql: 6,001 statements (235.9 kB) in one transaction");
    assert.equal(lines[2], "  INSERT INTO t VALUES (0, 'row 0');");
    assert.ok(lines.includes("  … 5,976 more statements …"));
    assert.deepEqual(lines.slice(-4), [
      "  INSERT INTO t VALUES (2999, 'row 2999');",
      "    lock: ROW EXCLUSIVE on t (size unknown), blocks no reads or writes (6,000 statements)",
      "    lock: ROW EXCLUSIVE on u (size unknown), blocks no reads or writes",
      "    warning: DELETE without a condition deletes every row of u",
    ]);
  });

  test("looks for the names of a file on the search path that it sets", async (context) => {
    const sql = "SET search_path = app; CREATE TABLE t (); RESET search_path; DELETE FROM t";
    assert.equal((await review(context, sql)).files[0]?.warnings.length, 1);
  });
});

/** The relations that the files leave, by the statements of one file. */
const left: Readonly<Record<string, readonly string[]>> = {
  "CREATE TABLE a (); CREATE INDEX i ON a (n); DROP TABLE a": [],
  "CREATE TABLE a (); CREATE INDEX i ON a (n); ALTER TABLE a DROP n": ["a"],
  "CREATE TABLE a (); CREATE INDEX i ON a (n); ALTER TABLE a SET SCHEMA old": [],
  "CREATE VIEW v AS SELECT 1; ALTER VIEW v RENAME TO w; CREATE TABLE b (); ALTER TABLE b ALTER c SET DEFAULT 1":
    ["b"],
  "CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF t DEFAULT; CREATE INDEX i ON p (n)":
    ["t"],
  "CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE p (n int); CREATE INDEX i ON p (n); ALTER TABLE t ATTACH PARTITION p DEFAULT":
    ["t"],
  "CREATE SEQUENCE s; CREATE TABLE a (n int); ALTER SEQUENCE s OWNED BY a.n; DROP TABLE a": [],
  "CREATE UNIQUE INDEX i ON a (n); ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX i": [],
  "CREATE TEMP TABLE a (); CREATE TABLE b AS SELECT 1": ["b"],
  "CREATE SCHEMA s CREATE TABLE t () CREATE VIEW v AS SELECT 1": ["s.t", "s.v"],
  "SET search_path = app, public; CREATE TABLE t (); CREATE INDEX i ON t (n)": ["app.t", "i"],
  "CREATE TABLE a (); DO $$ BEGIN DROP TABLE a; END $$": [],
  "CREATE TABLE a (); CREATE VIEW v AS SELECT 1; DROP TYPE k CASCADE": [],
};

describe("a refresh", () => {
  for (const [sql, expected] of Object.entries(left))
    test(`looks for ${expected.join(", ") || "nothing"} after: ${sql}`, async (context) => {
      const directory = await migrationFolder(context, { "001_a.sql": sql });
      const relations = await relationsLeft(readMigrations(directory).migrations);
      assert.deepEqual(
        relations.map(({ names }) => names[0]),
        expected,
      );
    });
});
