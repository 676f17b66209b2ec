import type { Migration } from "../files/files.ts";
import type { Difference } from "../review/catalog.ts";
import { runStatements } from "../run/batch.ts";
import { MigrationsRefusedError } from "../run/plan.ts";
import type { Run } from "../run/context.ts";
import { announce, passIds, recordFinished, type Origin } from "./ledger.ts";
import { compareWithDatabase } from "./rehearsal.ts";

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
  const problems = differences.filter(({ harmful }) => harmful);
  if (problems.length > 0)
    throw new MigrationsRefusedError(
      problems.map((problem) => ({ said: line(problem), remedy: advice(problem) })),
    );
  for (const notice of differences) run.progress(line(notice));
}

/** A database is mended only where it is known to lack something. */
function advice({ unrehearsed, uncertain }: Difference): string {
  if (unrehearsed === true || uncertain === true)
    return "look at the database, and confirm with npm run migrations -- baseline that it holds what the file makes";
  return "mend the database, or count it as applied as it is with npm run migrations -- baseline";
}

/** Counts files as applied without running them. */
export async function adopt(run: Run, known: readonly Migration[], origin: Origin): Promise<void> {
  const rows = known.map((migration) => recordFinished(migration, origin));
  const names = known.map((migration) => migration.name);
  const told = [passIds(run.applicationSchema), announce(run.applicationSchema, names)];
  await runStatements(run.client, ["BEGIN", ...rows, ...told, "COMMIT"]);
  for (const name of names) run.progress(`${origin} ${name}`);
}
