import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { BatchError, runBatch } from "../run/batch.ts";
import {
  compareSchemas,
  describeSchema,
  tablesElsewhere,
  type Difference,
  type SchemaObject,
} from "../review/catalog.ts";
import type { Migration } from "../files/files.ts";
import { announce, passIds, recordFinished, type Origin } from "./ledger.ts";
import { MigrationsRefusedError } from "../run/plan.ts";
import { nonTransactional } from "../files/rules.ts";
import { freshSession, timeouts, type Run } from "../run/run.ts";

/**
 * Sees that the objects of files that somebody else has applied are really there.
 *
 * @param files - all files in order; those of them that are known may build on the others
 * @throws MigrationsRefusedError that lists everything missing
 */
export async function verify(
  run: Run,
  files: readonly Migration[],
  known: readonly Migration[],
): Promise<void> {
  const differences = await compareWithDatabase(run, files, known);
  const line = ({ file, text }: Difference): string => `${file} is in _migrations, but ${text}`;
  const advice = "mend the database, or count it as applied as it is with npm run migrations -- baseline";
  const problems = differences.filter(({ harmful }) => harmful);
  if (problems.length > 0)
    throw new MigrationsRefusedError(problems.map((problem) => `${line(problem)}; ${advice}`));
  for (const notice of differences) run.progress(line(notice));
}

/** Counts files as applied without running them. */
export async function adopt(run: Run, known: readonly Migration[], origin: Origin): Promise<void> {
  const rows = known.map((migration) => `${recordFinished(migration, origin)};\n`).join("");
  const names = known.map((migration) => migration.name);
  const told = [passIds(run.applicationSchema), announce(run.applicationSchema, names)];
  await run.client.query(`BEGIN;\n${rows}${told.join(";\n")};\nCOMMIT`);
  for (const name of names) run.progress(`${origin} ${name}`);
}

/**
 * Runs the files in an empty schema, lets the server describe what came out, compares that with the live
 * objects, and rolls everything back. So nothing is guessed from the text of the files, and whatever SQL they
 * use is understood. Files before the known ones run as well, for these may change what those made.
 */
export async function compareWithDatabase(
  run: Run,
  files: readonly Migration[],
  known: readonly Migration[],
): Promise<Difference[]> {
  const { client, applicationSchema } = run;
  const scratch = `mesh_six_adoption_${run.backend}`;
  const fresh = [
    ...freshSession,
    ...timeouts(run, "SET LOCAL"),
    `SELECT set_config('search_path', '${scratch}, ' || current_setting('search_path'), true)`,
  ].join(";\n");
  await client.query(`BEGIN;\n${fresh};\nCREATE SCHEMA ${scratch}`);
  try {
    const live = await describeSchema(client, applicationSchema);
    const elsewhere = await tablesElsewhere(client, scratch, applicationSchema);
    const missing = new Map<string, string>();
    const expected = new Map<string, { object: SchemaObject; file: string }>();
    const last = known.at(-1);
    const failures: Difference[] = [];
    for (const migration of last ? files.slice(0, files.indexOf(last) + 1) : []) {
      await client.query(fresh);
      failures.push(...(await rehearse(client, migration)));
      const objects = await describeSchema(client, scratch);
      // What a file has made in the application's schema, by its full name, was missing there or different.
      for (const [key, object] of await describeSchema(client, applicationSchema))
        if (!objects.has(key) && !isDeepStrictEqual(live.get(key), object)) objects.set(key, object);
      // In other schemas it cannot be compared, but it must be there.
      const tables = await tablesElsewhere(client, scratch, applicationSchema);
      for (const table of missing.keys()) if (!tables.has(table)) missing.delete(table);
      for (const table of tables)
        if (!elsewhere.has(table) && !missing.has(table)) missing.set(table, migration.name);
      // What a later file dropped or changed again counts as that file left it.
      for (const key of expected.keys()) if (!objects.has(key)) expected.delete(key);
      for (const [key, object] of objects) {
        const before = expected.get(key);
        const file = before && isDeepStrictEqual(before.object, object) ? before.file : migration.name;
        expected.set(key, { object, file });
      }
    }
    for (const [table, file] of missing)
      failures.push({ file, text: `table ${table} is missing`, harmful: true });
    const names = new Set(known.map(({ name }) => name));
    return [...failures, ...compareSchemas(expected, live)].filter(({ file }) => names.has(file));
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

/** Runs a file inside the transaction of the comparison; why that was not possible, if it was not. */
async function rehearse(client: pg.Client, migration: Migration): Promise<Difference[]> {
  await client.query("SAVEPOINT mesh_six_rehearsal");
  try {
    const sql = migration.noTransaction ? inTransaction(migration) : migration.sql;
    // What waits for the commit of a file happens before the next one.
    await runBatch(client, `${sql}\n;\nSET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED`);
    return [];
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    await client.query("ROLLBACK TO mesh_six_rehearsal");
    const text = `its objects cannot be compared (${error.message})`;
    return [{ file: migration.name, text, harmful: true }];
  }
}

/** A file without a transaction, as far as it makes objects, in a form that a transaction allows. */
function inTransaction(migration: Migration): string {
  const statements = migration.statements.flatMap((statement) => {
    const special = nonTransactional(statement);
    if (special === undefined) return [statement.text];
    if (special.kind !== "create index" && special.kind !== "drop index") return [];
    return [statement.text.replace(/\bCONCURRENTLY\b/i, "")];
  });
  return statements.map((text) => `${text};\n`).join("");
}
