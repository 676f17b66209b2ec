import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lineOf } from "../../../lib/text/problem.ts";
import { askServer, databaseProblems } from "../../../preflight/database.ts";
import { check, diff } from "../../../providers/migrations/provider.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { extendedMigrations } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => {
  server = await startPostgres();
  await server.rows("CREATE ROLE service LOGIN PASSWORD 'service'");
});
after(() => server.close());

/** The URL of a role that reads and writes rows, and creates nothing. */
async function asService(url: string): Promise<string> {
  await server.rows("REVOKE CREATE ON SCHEMA public FROM PUBLIC", url);
  const service = new URL(url);
  service.username = service.password = "service";
  return service.href;
}

const problemsOf = async (url: string) => databaseProblems(await askServer({ url }), { url }).map(lineOf);

describe("a role that may create nothing", () => {
  test("is refused before the first migration", async () => {
    const url = await asService(await server.database());
    assert.deepEqual(await problemsOf(url), [
      "mesh-six:databaseUrl: expected a role that can create schemas and tables, got one without the right; grant create on its database and on schema public to it",
    ]);
  });

  test("is enough where nothing is pending, and gets the right named that a pending file needs", async (context) => {
    const owner = await server.database();
    const directory = await extendedMigrations(context, {});
    await migrate({ url: owner, directory });
    const url = await asService(owner);
    await server.rows(
      "GRANT USAGE ON SCHEMA mesh_six_infra TO service; GRANT SELECT ON ALL TABLES IN SCHEMA mesh_six_infra, public TO service",
      owner,
    );
    assert.deepEqual(await problemsOf(url), []);
    const inputs = {
      url,
      directory,
      lockTimeout: 0,
      statementTimeout: 0,
      allowOutOfOrder: false,
      migrations: {},
    };
    assert.deepEqual((await check({}, { ...inputs, preview: true })).failures, []);
    const applied = { ...inputs, applied: {}, missing: [] };
    assert.equal((await diff("", applied, inputs)).changes, false);
    assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: [] });

    await writeFile(join(directory, "005_more.sql"), "CREATE TABLE more ();\n");
    assert.deepEqual(await problemsOf(url), []);
    await assert.rejects(
      migrate({ url, directory }),
      /005_more\.sql:1:14: SQLSTATE 42501: permission denied for schema public; nothing of 005_more\.sql was kept/,
    );
  });
});
