import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { askServer, databaseProblems } from "../../../preflight/database.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import { upkeepScript } from "../../../providers/partitions/upkeepSql.ts";
import { keepUp, readPlan } from "../../../providers/partitions/runUpkeep.ts";
import { defaults } from "../../support/postgres/eventLog.ts";
import { ownMigrationNames, ownMigrations } from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";
import { created, declaration } from "../../support/postgres/registry.ts";

/* An installation that lives in a schema of its own, which only the options of its URL name. */
let server: TestPostgres;
let plain: string;
let url: string;
before(async () => {
  server = await startPostgres();
  plain = await server.database();
  await server.rows("CREATE SCHEMA app", plain);
  url = `${plain}&options=-csearch_path%3Dapp`;
});
after(() => server.close());

const settings = { ...defaults, monthsAhead: 1 };

async function tablesOf(schema: string): Promise<string[]> {
  const sql = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename";
  return (await server.rows<{ tablename: string }>(sql, plain, [schema])).map(({ tablename }) => tablename);
}

test("migrations, partitions and registry rows go into the schema of the URL's options, and nothing into public", async () => {
  const login = { url };
  assert.deepEqual(databaseProblems(await askServer(login), login), []);
  assert.deepEqual((await migrate({ url, directory: ownMigrations })).applied, ownMigrationNames);
  await keepUp(url, settings, "2040-03");
  await created(declaration(url));
  const tables = await tablesOf("app");
  for (const table of ["_migrations", "agent_task_history", "mesh_six_events", "mesh_six_events_2040_04"])
    assert.ok(tables.includes(table), `${table} among ${tables.join(", ")}`);
  assert.equal((await server.rows("SELECT FROM app.repo_registry", plain)).length, 1);
  assert.deepEqual(await tablesOf("public"), []);
  assert.deepEqual((await migrate({ url, directory: ownMigrations })).applied, [], "again: nothing");
});

const psql = spawnSync("psql", ["--version"]).error === undefined;

test(
  "the CronJob's psql keeps the partitions of that schema",
  { skip: !psql && "there is no psql here" },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "mesh-six-upkeep-"));
    try {
      const file = join(folder, "upkeep.sql");
      await writeFile(file, upkeepScript(settings));
      // As the component hands it over.
      const env = { ...process.env, PGOPTIONS: "-csearch_path=app" };
      await promisify(execFile)("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", `--file=${file}`, plain], {
        env,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
    assert.deepEqual((await readPlan(url, settings)).steps, []);
    assert.deepEqual(await tablesOf("public"), []);
  },
);
