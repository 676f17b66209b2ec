import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lineOf } from "../../../lib/text/problem.ts";
import type { MigrationsRefusedError } from "../../../providers/migrations/run/plan.ts";
import { migrate } from "../../../providers/migrations/run/runner.ts";
import {
  applicationFiles,
  applicationNames,
  extendedMigrations,
  ledgerNames,
  migrationFolder,
  ownMigrationNames as names,
  ownMigrations,
} from "../../support/postgres/migrations.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

const nothing = { applied: [], adopted: [] };

test("adopts an old installation, keeps every row and leaves unknown names alone", async () => {
  const url = await oldInstallation(14);
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), { applied: [], adopted: names });
  assert.deepEqual(await ledgerNames(server, url), names);
  assert.equal((await applicationNames(server, url)).length, 14);
  for (const table of ["agent_task_history", "repo_registry", "mesh_six_events", "pm_workflow_instances"])
    assert.deepEqual(await server.rows(`SELECT count(*)::int FROM ${table}`, url), [{ count: 1 }], table);
  assert.deepEqual(await migrate({ url, directory: ownMigrations }), nothing);
});

test("adopts what an old installation has and applies the rest, whatever numbers the unknown files have", async () => {
  const url = await oldInstallation(14);
  await server.rows("DROP TABLE pm_workflow_instances; DELETE FROM _migrations WHERE name ~ '^004'", url);
  const report = await migrate({ url, directory: ownMigrations });
  assert.deepEqual(report, { applied: names.slice(3), adopted: names.slice(0, 3) });
});

test("refuses to adopt what is not there, lists all of it and leaves the database as it was", async () => {
  const url = await oldInstallation(4);
  await server.rows(
    `ALTER TABLE repo_registry DROP COLUMN board_id;
     ALTER TABLE agent_task_history ALTER capability TYPE varchar(40), ALTER id DROP DEFAULT;
     DROP TABLE pm_workflow_instances`,
    url,
  );
  const advice = "mend the database, or count it as applied as it is with npm run migrations -- baseline";
  const problems = [
    "001_agent_task_history.sql is in _migrations, but column agent_task_history.capability is character varying(40) instead of text",
    "001_agent_task_history.sql is in _migrations, but column agent_task_history.id has no default instead of the default gen_random_uuid()",
    "002_repo_registry.sql is in _migrations, but column repo_registry.board_id is missing",
    "002_repo_registry.sql is in _migrations, but index idx_repo_registry_board_id is missing",
    "004_pm_workflow_instances.sql is in _migrations, but index idx_pm_workflow_issue is missing",
    "004_pm_workflow_instances.sql is in _migrations, but index idx_pm_workflow_status is missing",
    "004_pm_workflow_instances.sql is in _migrations, but table pm_workflow_instances is missing",
  ];
  await assert.rejects(migrate({ url, directory: ownMigrations }), (error: MigrationsRefusedError) => {
    assert.equal(error.message.split("\n")[0], "migrations: 7 problems, nothing was run");
    assert.deepEqual(
      error.problems.map(lineOf).sort(),
      problems.map((problem) => `${problem}; ${advice}`),
    );
    return true;
  });
  assert.deepEqual(await server.rows("SELECT nspname FROM pg_namespace WHERE nspname ~ 'mesh_six'", url), []);
});

test("adopts a file that changes what earlier ones made, also when those are this program's by then", async (context) => {
  const [name = "", text = ""] = Object.entries(applicationFiles)[1] ?? [];
  const url = await oldInstallation(4);
  const directory = await extendedMigrations(context, {
    "005_elsewhere.sql": "CREATE TABLE public.other ()",
  });
  await migrate({ url, directory });
  await server.rows(`${text}; INSERT INTO _migrations (name) VALUES ('${name}')`, url);
  await writeFile(join(directory, name), text);
  assert.deepEqual(await migrate({ url, directory }), { applied: [], adopted: [name] });
  await server.rows("DELETE FROM mesh_six_infra.migrations WHERE name ~ '^008'", url);
  await server.rows("ALTER TABLE pm_workflow_instances ALTER retry_budget TYPE text", url);
  await assert.rejects(migrate({ url, directory }), {
    message:
      /^migrations: 1 problem, nothing was run\n {2}008_retry_budget\.sql is in _migrations, but column pm_workflow_instances\.retry_budget is text instead of integer;/,
  });
});

test("adopts a table made with an identity, and a ledger made by hand without its unique constraint", async () => {
  const url = await oldInstallation(4);
  await server.rows(
    `ALTER TABLE mesh_six_events ALTER seq DROP DEFAULT;
     ALTER TABLE mesh_six_events ALTER seq ADD GENERATED ALWAYS AS IDENTITY;
     ALTER TABLE _migrations DROP CONSTRAINT _migrations_name_key;
     DELETE FROM _migrations WHERE name ~ '^004'; DROP TABLE pm_workflow_instances`,
    url,
  );
  const report = await migrate({ url, directory: ownMigrations });
  assert.deepEqual(report, { applied: names.slice(3), adopted: names.slice(0, 3) });
  assert.deepEqual(await applicationNames(server, url), names);
});

test("tells the application of every file though its ledger's ids were written by hand", async (context) => {
  const url = await server.database();
  await server.rows(
    `CREATE TABLE _migrations (id serial PRIMARY KEY, name text UNIQUE NOT NULL, applied_at timestamptz DEFAULT now());
     INSERT INTO _migrations VALUES (1, '098_theirs.sql'), (2, '099_theirs.sql')`,
    url,
  );
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1", "002_b.sql": "SELECT 2" });
  await migrate({ url, directory });
  const all = ["098_theirs.sql", "099_theirs.sql", "001_a.sql", "002_b.sql"];
  assert.deepEqual(await applicationNames(server, url), all);
  assert.deepEqual(await migrate({ url, directory }), nothing);
});

test("says what the application's ledger lacks, and does not blame the file", async (context) => {
  const directory = await migrationFolder(context, { "001_a.sql": "SELECT 1" });
  for (const columns of [
    "id integer PRIMARY KEY, name text",
    "name jsonb",
    "name varchar(3)",
    "applied_at timestamptz NOT NULL, name text",
  ]) {
    const url = await server.database();
    await server.rows(`CREATE TABLE _migrations (${columns})`, url);
    await assert.rejects(
      migrate({ url, directory }),
      /^MigrationFailedError: 001_a\.sql: while it was recorded: .*; nothing of 001_a\.sql was kept; bring _migrations to the columns \(id serial, name text unique, applied_at timestamptz DEFAULT now\(\)\)$/,
    );
  }
});

test("compares constraints to the end of their text", async (context) => {
  const url = await server.database();
  const names = Array.from({ length: 4 }, (_, at) => `a_column_with_a_long_name_${at}`);
  const columns = [...names, "x", "y"].map((name) => `${name} integer`).join(", ");
  const table = (last: string) =>
    `CREATE TABLE wide (${columns}, CONSTRAINT k UNIQUE (${[...names, last].join(", ")}))`;
  const directory = await migrationFolder(context, { "001_wide.sql": table("x") });
  await server.rows(
    `${table("y")}; CREATE TABLE _migrations (id serial, name text); INSERT INTO _migrations (name) VALUES ('001_wide.sql')`,
    url,
  );
  await assert.rejects(migrate({ url, directory }), /constraint wide: UNIQUE \(.*, x\) is missing/);
});

/** A database as the application's own runner left it: `count` names in its ledger, a row in every table. */
async function oldInstallation(count: number): Promise<string> {
  const url = await server.database();
  for (const name of names) await server.rows(await readFile(join(ownMigrations, name), "utf8"), url);
  const others = Array.from(
    { length: 10 },
    (_, at) => `${String(at + 5).padStart(3, "0")}_of_the_application.sql`,
  );
  const recorded = [...names, ...others].slice(0, count).map((name) => `('${name}')`);
  await server.rows(
    `CREATE TABLE _migrations (id serial PRIMARY KEY, name text UNIQUE NOT NULL, applied_at timestamptz DEFAULT now());
     INSERT INTO _migrations (name) VALUES ${recorded.join(", ")};
     CREATE TABLE mesh_six_events_2026_02 PARTITION OF mesh_six_events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
     CREATE TABLE mesh_six_events_2026_03 PARTITION OF mesh_six_events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
     CREATE TABLE mesh_six_events_2026_04 PARTITION OF mesh_six_events FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
     INSERT INTO agent_task_history (agent_id, capability, success) VALUES ('a', 'b', true);
     INSERT INTO repo_registry (service_name, repo_url, platform, cicd_type, trigger_method) VALUES ('s', 'u', 'p', 'c', 't');
     INSERT INTO mesh_six_events (timestamp, trace_id, agent_id, event_type, payload) VALUES ('2026-03-05', 't', 'a', 'e', '{}');
     INSERT INTO pm_workflow_instances (issue_number, repo_owner, repo_name, workflow_id) VALUES (1, 'o', 'r', 'w')`,
    url,
  );
  return url;
}
