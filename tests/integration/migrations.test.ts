import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { resolveToolchain, type Toolchain } from "../../toolchain/resolve.ts";
import { startCountingProxy } from "../support/github/countingProxy.ts";
import { extendedMigrations } from "../support/postgres/migrations.ts";
import { migrationStack } from "../support/postgres/migrationStack.ts";
import { quiet, startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";

let toolchain: Toolchain;
let server: TestPostgres;
before(async () => {
  toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
  server = await startPostgres(quiet);
});
after(() => server.close());

const recorded = (url: string): Promise<{ name: string }[]> =>
  server.rows("SELECT name FROM mesh_six_infra.migrations ORDER BY name", url);

test("up applies, then changes nothing; a preview shows added SQL and writes nothing; secrets stay secret", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, {});
  const proxy = await startCountingProxy(server.port);
  context.after(() => proxy.close());
  const through = new URL(url);
  through.port = String(proxy.port);
  const { stack, state } = await migrationStack(context, toolchain, () => ({ url: through.href, directory }));

  await stack.up({ color: "never" });
  assert.equal((await recorded(url)).length, 4);
  const asked = proxy.roundTrips();
  const again = await stack.up({ color: "never", expectNoChanges: true });
  assert.deepEqual(again.summary.resourceChanges, { same: 2 });
  const trips = proxy.roundTrips() - asked;
  assert.ok(trips <= 4, `${trips} round trips`);
  assert.doesNotMatch(await state(), /w%2Frd|w\/rd/);

  await writeFile(
    join(directory, "005_note.sql"),
    "ALTER TABLE repo_registry ADD COLUMN note text NOT NULL;\n",
  );
  await server.rows("VACUUM", url);
  const position = "SELECT pg_current_wal_insert_lsn()::text AS lsn";
  const before = await server.rows<{ lsn: string }>(position);
  const { stdout, changeSummary } = await stack.preview({ color: "never" });
  assert.deepEqual(await server.rows(position), before);
  assert.deepEqual(changeSummary, { same: 1, update: 1 });
  for (const line of [
    "migrations: 1 file to apply (seen in a READ ONLY session)",
    "migrations: 005_note.sql: 1 statement in one transaction",
    "  ALTER TABLE repo_registry ADD COLUMN note text NOT NULL;",
    "    lock: ACCESS EXCLUSIVE on repo_registry (",
    "    warning: ADD COLUMN note NOT NULL without a default fails as soon as the table has a row",
  ])
    assert.ok(stdout.includes(line), `the preview lacks: ${line}\n${stdout}`);
  await stack.up({ color: "never" });
  assert.equal((await recorded(url)).length, 5);
});

test("the preview refuses what up would refuse, all of it, and plans from the state when the database is away", async (context) => {
  let url = await server.database();
  const directory = await extendedMigrations(context, {});
  const { stack } = await migrationStack(context, toolchain, () => ({ url, directory }));
  await stack.up({ color: "never" });
  await writeFile(join(directory, "005_ok.sql"), "CREATE TABLE later ();\n");
  url = url.replace(/:\d+\/test/, ":1/test");
  const { stdout } = await stack.preview({ color: "never" });
  assert.match(
    stdout,
    /1 file to apply \(planned from the state, since database postgres@127\.0\.0\.1:1\/\S+: expected to connect, got connect ECONNREFUSED/,
  );
  assert.match(stdout, /^ +CREATE TABLE later \(\);$/m);
  await writeFile(join(directory, "005_ok.sql"), "COMMIT;\n");
  await rm(join(directory, "004_pm_workflow_instances.sql"));
  await assert.rejects(stack.preview({ color: "never" }), (error: Error) => {
    assert.match(
      error.message,
      /005_ok\.sql:1:1: COMMIT: the runner opens and ends the transaction; take it out/,
    );
    assert.match(error.message, /004_pm_workflow_instances\.sql: deleted after it was applied/);
    return true;
  });
});

test("refresh finds what is gone from ledger and schema, and up applies it again", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, { "005_extra.sql": "CREATE TABLE extra ();\n" });
  const { stack } = await migrationStack(context, toolchain, () => ({ url, directory }));
  await stack.up({ color: "never" });
  await server.rows(
    `DELETE FROM mesh_six_infra.migrations WHERE name = '005_extra.sql'; DELETE FROM _migrations WHERE name = '005_extra.sql';
     DROP TABLE extra; DROP INDEX idx_events_trace`,
    url,
  );
  const refreshed = await stack.refresh({ color: "never" });
  assert.match(refreshed.stdout, /migrations: idx_events_trace is gone from the database/);
  assert.equal(refreshed.summary.resourceChanges?.update, 1);
  const preview = await stack.preview({ color: "never" });
  assert.match(preview.stdout, /005_extra\.sql: 1 statement in one transaction/);
  await stack.up({ color: "never" });
  assert.deepEqual(await server.rows("SELECT to_regclass('extra') IS NOT NULL AS there", url), [
    { there: true },
  ]);
});

test("a bug in read and delete, once mended, is mended for the state it was saved with", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, {});
  const { stack, root, state } = await migrationStack(context, toolchain, () => ({ url, directory }));
  const file = join(root, "providers/migrations/provider.ts");
  const sound = await readFile(file, "utf8");
  const buggy = sound
    .replace(
      "): Promise<pulumi.dynamic.ReadResult<Outputs | Inputs>> {",
      '$&\n  throw new Error("bug in read");',
    )
    .replace("export function _delete(): Promise<void> {", '$&\n  throw new Error("bug in delete");');
  assert.equal(buggy.match(/bug in/g)?.length, 2);
  await writeFile(file, buggy);
  await stack.up({ color: "never" });
  await assert.rejects(stack.refresh({ color: "never" }), ({ message }: Error) => {
    assert.match(message, /bug in read/);
    assert.doesNotMatch(message, /\bat .*provider\.ts:\d+/, "no stack of an error thrown on purpose");
    return true;
  });
  await assert.rejects(stack.destroy({ color: "never" }), /bug in delete/);
  assert.doesNotMatch(await state(), /bug in/);
  await writeFile(file, sound);
  await stack.refresh({ color: "never" });
  await stack.destroy({ color: "never" });
  assert.equal((await recorded(url)).length, 4, "destroy leaves the schema");
});

test("two ups at the same time from two checkouts apply an added file once", async (context) => {
  const url = await server.database();
  const added =
    "CREATE TABLE once (at timestamptz DEFAULT now());\nSELECT pg_sleep(1);\nINSERT INTO once DEFAULT VALUES;\n";
  const checkouts: { stack: Stack; directory: string }[] = [];
  for (let at = 0; at < 2; at += 1) {
    const directory = await extendedMigrations(context, {});
    const { stack } = await migrationStack(context, toolchain, () => ({ url, directory }));
    await stack.up({ color: "never" });
    checkouts.push({ stack, directory });
  }
  for (const { directory } of checkouts) await writeFile(join(directory, "005_once.sql"), added);
  await Promise.all(checkouts.map(({ stack }) => stack.up({ color: "never" })));
  assert.deepEqual(await server.rows("SELECT count(*)::integer AS rows FROM once", url), [{ rows: 1 }]);
  assert.equal((await recorded(url)).length, 5);
  for (const { stack } of checkouts) await stack.up({ color: "never", expectNoChanges: true });
});
