import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { repair } from "../../../providers/migrations/ledger/commands.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { migrationFolder } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const command = join(import.meta.dirname, "..", "..", "..", "operations", "migrations.ts");

/** Runs the command as a person does. */
function run(
  url: string | undefined,
  ...args: string[]
): Promise<{ code: number; lines: string[]; errors: string }> {
  const env = { ...process.env };
  delete env["DATABASE_URL"];
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [command, ...args],
      { env: url === undefined ? env : { ...env, DATABASE_URL: url } },
      (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), lines: stdout.trimEnd().split("\n"), errors: stderr }),
    ),
  );
}

const ledger = (url: string) =>
  server.rows<{ name: string; origin: string }>(
    "SELECT name, origin FROM mesh_six_infra.migrations ORDER BY name",
    url,
  );

test("repair shows the difference of file and ledger, and writes only with --write", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_a.sql": "CREATE TABLE a (n integer);\nSELECT 1;\n",
    "002_b.sql": "SELECT 2;",
    "003_c.sql": "SELECT 3;",
  });
  await migrate({ url, directory });
  await writeFile(join(directory, "001_a.sql"), "CREATE TABLE a (n bigint);\nSELECT 1;\n");
  await rename(join(directory, "002_b.sql"), join(directory, "002_bee.sql"));
  await rm(join(directory, "003_c.sql"));
  const shown = [
    "001_a.sql: what was applied (-) and what the file says now (+):",
    "  - CREATE TABLE a (n integer);",
    "  + CREATE TABLE a (n bigint);",
    "002_b.sql: is called 002_bee.sql now; both ledgers take the new name",
    "003_c.sql: has no file any more; its row leaves the ledger, what it made stays in the database:",
    "  - SELECT 3;",
  ];
  const look = await run(url, "repair", "--directory", directory);
  assert.deepEqual(look.lines, [...shown, "nothing was written; add --write to do it"]);
  await assert.rejects(migrate({ url, directory }), { name: "MigrationsRefusedError" });
  const done = await run(url, "repair", "--write", "--directory", directory);
  assert.deepEqual(done.lines, [...shown, "repaired 3 of 3"]);
  assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: [] });
  assert.deepEqual(await ledger(url), [
    { name: "001_a.sql", origin: "repaired" },
    { name: "002_bee.sql", origin: "applied" },
  ]);
  assert.deepEqual(await server.rows("SELECT name FROM _migrations ORDER BY name", url), [
    { name: "001_a.sql" },
    { name: "002_bee.sql" },
    { name: "003_c.sql" },
  ]);
});

test("repair shows white space that counts, and takes an edit at both ends of a very long file", async (context) => {
  const rows = Array.from({ length: 20_000 }, (_, at) => `SELECT ${at};`).join("\n");
  for (const [before, after, lines] of [
    ["SELECT 'a \nb'", "SELECT 'a\nb'", ["  - SELECT 'a ", "  + SELECT 'a"]],
    ["SELECT 'a\n\nb'", "SELECT 'a\nb'", ["  - "]],
    [`SELECT 'a';\n${rows}\nSELECT 'a';`, `SELECT 'b';\n${rows}\nSELECT 'b';`, undefined],
  ] as const) {
    const url = await server.database();
    const directory = await migrationFolder(context, { "001_a.sql": before });
    await migrate({ url, directory });
    await writeFile(join(directory, "001_a.sql"), after);
    const shown: string[] = [];
    await repair({ url, directory, write: true, progress: (line) => shown.push(line) }, undefined);
    if (lines) assert.deepEqual(shown.slice(1, -1), lines);
    assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: [] });
  }
});

test("baseline counts files as applied without running them, and tells what differs", async (context) => {
  const url = await server.database();
  await server.rows("CREATE TABLE a (n integer)", url);
  const directory = await migrationFolder(context, {
    "001_a.sql": "CREATE TABLE a (n integer);",
    "002_b.sql": "CREATE TABLE b ();",
    "003_c.sql": "CREATE TABLE c ();",
  });
  await assert.rejects(
    migrate({ url, directory }),
    /001_a\.sql:1:1: SQLSTATE 42P07: relation "a" already exists.*baseline/,
  );
  const look = await run(url, "baseline", "--up-to", "002_b.sql", "--directory", directory);
  assert.equal(look.code, 0);
  assert.match(look.lines.join("\n"), /^002_b\.sql differs: table b is missing$/m);
  assert.deepEqual(look.lines.slice(-3), [
    "001_a.sql: counts as applied from now on, without being run",
    "002_b.sql: counts as applied from now on, without being run",
    "nothing was written; add --write to do it",
  ]);
  await run(url, "baseline", "--up-to", "002_b.sql", "--directory", directory, "--write");
  assert.deepEqual(
    (await ledger(url)).map((row) => row.origin),
    ["baseline", "baseline"],
  );
  assert.deepEqual((await migrate({ url, directory })).applied, ["003_c.sql"]);
});

test("status shows what is applied and the SQL that is pending", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, { "001_a.sql": "CREATE TABLE a ();" });
  await migrate({ url, directory });
  await writeFile(join(directory, "002_b.sql"), "DROP TABLE a;");
  const { code, lines } = await run(url, "status", "--directory", directory);
  assert.deepEqual(
    { code, lines },
    {
      code: 0,
      lines: [
        "applied 001_a.sql",
        "pending 002_b.sql",
        "1 file to apply (seen in a READ ONLY session)",
        "002_b.sql: 1 statement in one transaction",
        "  DROP TABLE a;",
        "    lock: ACCESS EXCLUSIVE on a (0 bytes, never analysed), blocks reads and writes",
        "    warning: DROP TABLE is irreversible",
      ],
    },
  );
});

test("a statement with an unknown outcome waits for a person", async (context) => {
  const url = await server.database();
  const directory = await migrationFolder(context, {
    "001_d.sql": `-- mesh-six: no-transaction\nCREATE DATABASE ${new URL(url).pathname.slice(1)}_other;\nCREATE TABLE t ();`,
  });
  await migrate({ url, directory });
  await server.rows(
    "UPDATE mesh_six_infra.migrations SET applied_at = NULL, completed_statements = 0; DROP TABLE t",
    url,
  );
  await assert.rejects(
    migrate({ url, directory }),
    /^MigrationFailedError: 001_d\.sql:2:1: an earlier run was interrupted at this statement, perhaps done, perhaps not; look, then record it with npm run migrations -- repair --statement-done 001_d\.sql\n/,
  );
  const slip = await run(url, "repair", "--statement-done", "001.sql", "--write", "--directory", directory);
  assert.deepEqual(
    [slip.code, slip.errors.split("\n")[0]],
    [1, "repair: expected a file that was interrupted (001_d.sql), got 001.sql; see status"],
  );
  await run(url, "repair", "--statement-done", "001_d.sql", "--write", "--directory", directory);
  assert.deepEqual((await migrate({ url, directory })).applied, ["001_d.sql"]);
});

test("called wrongly it shows how, and never takes a URL from its arguments", async () => {
  assert.equal((await run(undefined, "status")).code, 2);
  assert.match(
    (await run(undefined, "status")).errors,
    /^DATABASE_URL: expected the database's URL, got nothing; set it/,
  );
  assert.equal((await run("postgres://u:p@127.0.0.1/d", "drop")).code, 2);
  const refused = await run("postgres://u:hunter2@127.0.0.1:1/d", "status");
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /^database u@127\.0\.0\.1:1\/d: expected to connect/);
  assert.doesNotMatch(refused.errors, /hunter2/);
});
