import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { TestPostgres } from "./postgres.ts";

/** The project's own migrations. */
export const ownMigrations = join(import.meta.dirname, "..", "..", "..", "migrations");

export const ownMigrationNames = [
  "001_agent_task_history.sql",
  "002_repo_registry.sql",
  "003_mesh_six_events.sql",
  "004_pm_workflow_instances.sql",
];

/** A folder with these files, gone after the test. */
export async function migrationFolder(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mesh-six-migrations-"));
  context.after(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return directory;
}

/** A copy of the project's migrations with further files. */
export async function extendedMigrations(
  context: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const directory = await migrationFolder(context, {});
  await cp(ownMigrations, directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return directory;
}

/** Two files of the application that this project has none of, as its own runner would apply them. */
export const applicationFiles: Readonly<Record<string, string>> = {
  "005_compression_log.sql":
    "CREATE TABLE compression_log (id bigserial PRIMARY KEY, event_seq bigint, ratio real NOT NULL)",
  "008_retry_budget.sql":
    "ALTER TABLE pm_workflow_instances ADD COLUMN retry_budget integer NOT NULL DEFAULT 3",
};

/** The names in the program's own ledger. */
export async function ledgerNames(server: TestPostgres, url: string): Promise<string[]> {
  const sql = "SELECT name FROM mesh_six_infra.migrations ORDER BY name";
  return (await server.rows<{ name: string }>(sql, url)).map(({ name }) => name);
}

/** The names in the application's ledger, as they were written one after another. */
export async function applicationNames(server: TestPostgres, url: string): Promise<string[]> {
  const sql = "SELECT name FROM _migrations ORDER BY id";
  return (await server.rows<{ name: string }>(sql, url)).map(({ name }) => name);
}
