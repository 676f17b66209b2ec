import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import {
  fingerprintOfDatabase,
  fingerprintOfFiles,
} from "../../../providers/migrations/ledger/fingerprint.ts";
import { observe } from "../../../providers/migrations/ledger/ledger.ts";
import { isConverged, planMigrations } from "../../../providers/migrations/run/plan.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { withClient } from "../../../lib/postgres/postgres.ts";
import { extendedMigrations, ownMigrations } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

/** Whether the fingerprints say that there is nothing to do, and whether the plan says so. */
async function verdicts(url: string, directory: string): Promise<{ fingerprint: boolean; plan: boolean }> {
  const files = readMigrations(directory);
  return withClient(url, { applicationName: "test" }, async (client) => {
    const known = await fingerprintOfDatabase(client);
    const plan = planMigrations(files, await observe(client), { allowOutOfOrder: false });
    return {
      fingerprint: known !== undefined && known === fingerprintOfFiles(files),
      plan: isConverged(plan),
    };
  });
}

const agree = (value: boolean) => ({ fingerprint: value, plan: value });

test("a database without ledgers has no fingerprint, and an empty ledger fits no files", async (context) => {
  const url = await server.database();
  assert.deepEqual(await verdicts(url, ownMigrations), agree(false));
  await migrate({ url, directory: ownMigrations });
  await server.rows("DELETE FROM mesh_six_infra.migrations; DELETE FROM _migrations", url);
  assert.deepEqual(await verdicts(url, ownMigrations), agree(false));
  const none = await extendedMigrations(context, {});
  for (const { name } of readMigrations(none).migrations) await rm(join(none, name));
  assert.equal((await verdicts(url, none)).fingerprint, false);
});

test("the fingerprints agree exactly while nothing is to be done", async (context) => {
  const url = await server.database();
  const directory = await extendedMigrations(context, { "010_note.sql": "SELECT 1" });
  await migrate({ url, directory });
  assert.deepEqual(await verdicts(url, directory), agree(true));
  // The application's own further files are none of this project's.
  await server.rows("INSERT INTO _migrations (name) VALUES ('000_older.sql'), ('900_newer.sql')", url);
  assert.deepEqual(await verdicts(url, directory), agree(true));

  const name = "WHERE name = '010_note.sql'";
  const byHand: Record<string, [change: string, undo: string]> = {
    "a file that was interrupted": [
      `UPDATE mesh_six_infra.migrations SET applied_at = NULL ${name}`,
      `UPDATE mesh_six_infra.migrations SET applied_at = now() ${name}`,
    ],
    "a name the application's runner lost": [
      `DELETE FROM _migrations ${name}`,
      "INSERT INTO _migrations (name) VALUES ('010_note.sql')",
    ],
    "a file that is not in the ledger": [
      `CREATE TABLE kept AS SELECT * FROM mesh_six_infra.migrations ${name};
       DELETE FROM mesh_six_infra.migrations ${name}`,
      "INSERT INTO mesh_six_infra.migrations SELECT * FROM kept; DROP TABLE kept",
    ],
    "another text in the ledger": [
      `UPDATE mesh_six_infra.migrations SET digest = reverse(digest), checksum = reverse(checksum) ${name}`,
      `UPDATE mesh_six_infra.migrations SET digest = reverse(digest), checksum = reverse(checksum) ${name}`,
    ],
  };
  for (const [what, [change, undo]] of Object.entries(byHand)) {
    await server.rows(change, url);
    assert.deepEqual(await verdicts(url, directory), agree(false), what);
    await server.rows(undo, url);
    assert.deepEqual(await verdicts(url, directory), agree(true), `${what}, undone`);
  }
});

test("a file that was edited, added, deleted or misnamed is seen", async (context) => {
  const url = await server.database();
  const text = "CREATE TABLE note (id bigint)";
  const directory = await extendedMigrations(context, { "010_note.sql": text });
  await migrate({ url, directory });
  const changes: Record<string, string | undefined> = {
    "010_note.sql": `${text} WITH (fillfactor = 50)`,
    "011_more.sql": "SELECT 1",
    "not a migration.sql": "SELECT 1",
  };
  for (const [file, sql = ""] of Object.entries(changes)) {
    await writeFile(join(directory, file), sql);
    assert.deepEqual(await verdicts(url, directory), agree(false), file);
    if (file === "010_note.sql") await writeFile(join(directory, file), text);
    else await rm(join(directory, file));
    assert.deepEqual(await verdicts(url, directory), agree(true), `${file}, undone`);
  }
  await rm(join(directory, "010_note.sql"));
  assert.deepEqual(await verdicts(url, directory), agree(false), "deleted");
  // Only a comment is another text and the same tokens: nothing to do, which the plan finds out.
  await writeFile(join(directory, "010_note.sql"), `-- why\n${text}`);
  assert.deepEqual(await verdicts(url, directory), { fingerprint: false, plan: true });
  assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: [] });
});

test("the two orders agree where the database sorts otherwise", async (context) => {
  const name = `collated_${process.pid}`;
  await server.rows(
    `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'`,
  );
  const url = new URL(server.adminUrl);
  url.pathname = `/${name}`;
  const directory = await extendedMigrations(context, {
    "010_B-big.sql": "SELECT 1",
    "011_a.small.sql": "SELECT 1",
    "012_A_Big.sql": "SELECT 1",
    "013__.sql": "SELECT 1",
  });
  await migrate({ url: url.href, directory });
  assert.deepEqual(await verdicts(url.href, directory), agree(true));
});

test("a table of the application's without names is no reason to say that nothing is to be done", async () => {
  const url = await server.database();
  await migrate({ url, directory: ownMigrations });
  await server.rows("ALTER TABLE _migrations RENAME name TO filename", url);
  await assert.rejects(
    migrate({ url, directory: ownMigrations }),
    /SQLSTATE 42703: column (known\.)?name does not exist; bring _migrations to the columns/,
  );
});
