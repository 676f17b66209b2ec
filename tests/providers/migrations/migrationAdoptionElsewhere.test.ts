import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { MigrationsRefusedError } from "../../../providers/migrations/run/plan.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

/** A database in which this was run by hand, and whose `_migrations` names the files. */
async function byHand(sql: string, files: readonly string[], searchPath = "public"): Promise<string> {
  const url = await server.database();
  const name = new URL(url).pathname.slice(1);
  await server.rows(
    `CREATE SCHEMA IF NOT EXISTS app; CREATE SCHEMA extensions; ALTER DATABASE ${name} SET search_path = ${searchPath}`,
    url,
  );
  const names = files.map((file) => `('${file}')`).join(", ");
  await server.rows(
    `${sql};
     CREATE TABLE _migrations (id serial PRIMARY KEY, name text UNIQUE NOT NULL, applied_at timestamptz DEFAULT now());
     INSERT INTO _migrations (name) VALUES ${names}`,
    url,
  );
  return url;
}

/** Adopts the files; what was missing, if anything was. */
async function adopt(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  sql: string,
  searchPath?: string,
): Promise<readonly string[]> {
  const names = Object.keys(files);
  const url = await byHand(sql, names, searchPath);
  const directory = await migrationFolder(context, files);
  try {
    assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: names });
    return [];
  } catch (error) {
    if (!(error instanceof MigrationsRefusedError)) throw error;
    for (const { remedy } of error.problems) assert.match(remedy, /^(mend|look at) /);
    return error.problems.map(({ said }) => said.replace(/^.*?, but /, ""));
  }
}

const fires =
  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE a (n int)";
const trigger = "CREATE TRIGGER tr BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()";

test("a table that a file makes by its full name must be there as well", async (context) => {
  for (const form of ["CREATE TABLE", "CREATE TABLE IF NOT EXISTS"])
    assert.deepEqual(await adopt(context, { "001_a.sql": `${form} public.a (n int)` }, ""), [
      "table a is missing",
    ]);
  const altered = { "001_a.sql": "ALTER TABLE public.a ALTER n SET DEFAULT 1" };
  assert.deepEqual(await adopt(context, altered, "CREATE TABLE a (n int)"), [
    "it cannot be rehearsed: line 1: it names public.a by its schema",
  ]);
});

test("a table in a schema of its own must be there, unless a later file drops it", async (context) => {
  const files = {
    "001_a.sql":
      'CREATE SCHEMA IF NOT EXISTS audit; CREATE TABLE IF NOT EXISTS audit."Log" (n int); CREATE TABLE IF NOT EXISTS audit.old (n int)',
    "002_b.sql": "DROP TABLE IF EXISTS audit.old",
  };
  const problem = ['table audit."Log" is missing'];
  assert.deepEqual(await adopt(context, files, ""), ["schema audit is missing", ...problem]);
  assert.deepEqual(await adopt(context, files, "CREATE SCHEMA audit"), problem);
  assert.deepEqual(await adopt(context, files, 'CREATE SCHEMA audit; CREATE TABLE audit."Log" (n int)'), []);
});

test("triggers and sequences must be there, and columns of tables whatever their names", async (context) => {
  assert.deepEqual(await adopt(context, { "001_a.sql": `${fires}; ${trigger}` }, fires), [
    "trigger a: tr is missing",
  ]);
  assert.deepEqual(await adopt(context, { "001_a.sql": `${fires}; ${trigger}` }, `${fires}; ${trigger}`), []);
  assert.deepEqual(await adopt(context, { "001_a.sql": "CREATE SEQUENCE numbers" }, ""), [
    "sequence numbers is missing",
  ]);
  assert.deepEqual(
    await adopt(
      context,
      { "001_a.sql": 'CREATE TABLE "a.b: c" (n int, m int)' },
      'CREATE TABLE "a.b: c" (n int)',
    ),
    ["column a.b: c.m is missing"],
  );
});

test("compares each file independently of the settings and drops of the one before", async (context) => {
  const files = {
    "001_a.sql": "SET search_path = public; CREATE TABLE IF NOT EXISTS a (n int); DROP TABLE IF EXISTS b",
    "002_b.sql": "CREATE TABLE b (n int)",
  };
  assert.deepEqual(await adopt(context, files, "CREATE TABLE a (n int); CREATE TABLE b (n int)"), []);
});

test("adopts a type to which values were added, not one that lacks some", async (context) => {
  const mood = (...values: string[]) =>
    `CREATE TYPE mood AS ENUM (${values.map((value) => `'${value}'`).join(", ")})`;
  assert.deepEqual(await adopt(context, { "001_a.sql": mood("a", "b") }, mood("a", "of ''x''", "b")), []);
  assert.deepEqual(await adopt(context, { "001_a.sql": mood("a", "b") }, mood("b", "c")), [
    "type mood is 'b', 'c' instead of 'a', 'b'",
  ]);
});

test("ends the deferred work of a file before the next file", async (context) => {
  const tables =
    "CREATE TABLE a (n int PRIMARY KEY); CREATE TABLE b (n int REFERENCES a DEFERRABLE INITIALLY DEFERRED)";
  const files = {
    "001_a.sql": `${tables}; INSERT INTO b VALUES (1); INSERT INTO a VALUES (1) -- no semicolon`,
    "002_b.sql": "ALTER TABLE b ADD m int; INSERT INTO b VALUES (2); INSERT INTO a VALUES (2)",
  };
  assert.deepEqual(await adopt(context, files, `${tables}; ALTER TABLE b ADD m int`), []);
});

test("adopts in a schema whose name others end with, with types from another one on the path", async (context) => {
  const files = {
    "001_a.sql":
      "CREATE TABLE myapp (app grade DEFAULT 'app.x', id serial PRIMARY KEY); CREATE TABLE app (a extensions.grade, b int REFERENCES myapp CHECK (b > 0))",
  };
  const sql = `CREATE TYPE extensions.grade AS ENUM ('low', 'app.x'); ${files["001_a.sql"]}`;
  assert.deepEqual(await adopt(context, files, sql, "app, extensions"), []);
});
