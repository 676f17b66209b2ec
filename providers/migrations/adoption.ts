import type pg from "pg";
import { BatchError, runBatch } from "./batch.ts";
import { compareSchemas, describeSchema, type SchemaObject } from "./catalog.ts";
import type { Migration } from "./files.ts";
import { announce, recordFinished, type Origin } from "./ledger.ts";
import { MigrationsRefusedError } from "./plan.ts";
import { nonTransactional } from "./rules.ts";
import { timeouts, type Run } from "./run.ts";

/**
 * Sees that the objects of files that somebody else has applied are really there.
 *
 * @throws MigrationsRefusedError that lists everything missing
 */
export async function verify(run: Run, known: readonly Migration[]): Promise<void> {
  const { problems, notices } = await compareWithDatabase(run, known);
  if (problems.length > 0) throw new MigrationsRefusedError(problems);
  for (const notice of notices) run.progress(notice);
}

/** Counts files as applied without running them. */
export async function adopt(run: Run, known: readonly Migration[], origin: Origin): Promise<void> {
  const rows = known.map((migration) => `${recordFinished(migration, origin)};\n`).join("");
  const names = known.map((migration) => migration.name);
  await run.client.query(`BEGIN;\n${rows}${announce(run.applicationSchema, names)};\nCOMMIT`);
  for (const name of names) run.progress(`${origin} ${name}`);
}

/** Where the database differs from what the files make. */
interface Differences {
  /** What is missing or of another kind, a line each. */
  readonly problems: readonly string[];
  /** What differs and does no harm. */
  readonly notices: readonly string[];
}

/**
 * Runs the files in an empty schema, lets the server describe what came out, compares that with the live
 * objects, and rolls everything back. So nothing is guessed from the text of the files, and whatever SQL they
 * use is understood.
 */
async function compareWithDatabase(run: Run, known: readonly Migration[]): Promise<Differences> {
  const { client, applicationSchema } = run;
  const scratch = `mesh_six_adoption_${run.backend}`;
  const setUp = [
    "BEGIN",
    ...timeouts(run, "SET LOCAL"),
    `CREATE SCHEMA ${scratch}`,
    `SET LOCAL search_path = ${scratch}, ${applicationSchema}`,
  ];
  await client.query(setUp.join(";\n"));
  try {
    const expected = new Map<string, { object: SchemaObject; file: string }>();
    for (const migration of known) {
      await rehearse(client, migration);
      const objects = await describeSchema(client, scratch);
      // What a later file dropped or changed again counts as that file left it.
      for (const key of expected.keys()) if (!objects.has(key)) expected.delete(key);
      for (const [key, object] of objects) {
        const file = expected.get(key)?.file ?? migration.name;
        expected.set(key, { object, file });
      }
    }
    const live = await describeSchema(client, applicationSchema);
    return sort(compareSchemas(expected, live));
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

function sort(differences: ReturnType<typeof compareSchemas>): Differences {
  const line = ({ file, text }: { file: string; text: string }): string =>
    `${file} is in _migrations, but ${text}`;
  const advice = "mend the database, or count it as applied as it is with the migrations command's baseline";
  return {
    problems: differences
      .filter(({ harmful }) => harmful)
      .map((difference) => `${line(difference)}; ${advice}`),
    notices: differences.filter(({ harmful }) => !harmful).map(line),
  };
}

/** Runs a file inside the transaction of the comparison. */
async function rehearse(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await runBatch(client, migration.noTransaction ? inTransaction(migration) : migration.sql);
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    const problem = `${migration.name} is in _migrations, but its objects cannot be compared: ${error.message}; look for yourself, then count it as applied with the migrations command's baseline`;
    throw new MigrationsRefusedError([problem]);
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
