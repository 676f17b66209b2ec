import type pg from "pg";
import { adopt } from "./adoptFiles.ts";
import { readMigrations, type Migration, type MigrationFiles } from "../files/files.ts";
import { createLedgers, observe, type Observation } from "./ledger.ts";
import { runStatements } from "../run/batch.ts";
import { MigrationsRefusedError, planMigrations } from "../run/plan.ts";
import { linesOf } from "../review/planText.ts";
import { reviewPlan } from "../review/review.ts";
import { compareWithDatabase } from "./rehearsal.ts";
import { planRepairs } from "./repair.ts";
import type { Run } from "../run/context.ts";
import { applicationName, locked, type RunOptions } from "../run/runner.ts";
import { onSession } from "../run/migrationSession.ts";

/** Options of a command that a person runs besides `pulumi up`. Nothing is written unless `write` is set. */
export interface CommandOptions extends RunOptions {
  readonly write: boolean;
  readonly progress: (line: string) => void;
}

/** Shows every file's state and the SQL that is pending, from a session that the server holds read-only. */
export async function status(options: CommandOptions): Promise<void> {
  const { url, directory, progress, allowOutOfOrder = false } = options;
  const files = readMigrations(directory);
  await onSession(url, { applicationName, readOnly: true }, async (client) => {
    const observed = await observe(client);
    const plan = planMigrations(files, observed, { allowOutOfOrder });
    const finished = new Set((observed.ledger ?? []).filter((row) => row.finished).map((row) => row.name));
    for (const { name } of files.migrations)
      progress(
        `${finished.has(name) ? "applied" : plan.adopt.some((m) => m.name === name) ? "known  " : "pending"} ${name}`,
      );
    for (const line of linesOf(await reviewPlan(plan, client))) progress(line);
    if (plan.problems.length > 0) throw new MigrationsRefusedError(plan.problems);
  });
}

/**
 * Counts files as applied without running them.
 *
 * @param upTo - the last file that counts; all when undefined
 */
export async function baseline(options: CommandOptions, upTo: string | undefined): Promise<void> {
  const files = readMigrations(options.directory);
  refuseUnsound(files);
  const last =
    upTo === undefined ? files.migrations.length - 1 : files.migrations.findIndex((m) => m.name === upTo);
  if (upTo !== undefined && last < 0)
    throw new Error(`baseline: expected the name of a file in ${options.directory}, got ${upTo}; see status`);
  await underLock(options, async (run, observed) => {
    const ledger = new Set((observed.ledger ?? []).map((row) => row.name));
    const counted = files.migrations.slice(0, last + 1).filter((migration) => !ledger.has(migration.name));
    await showDifferences(run, files.migrations, counted);
    for (const { name } of counted) run.progress(`${name}: counts as applied from now on, without being run`);
    if (counted.length === 0) run.progress("every file is in the ledger already");
    if (!options.write || counted.length === 0) return;
    if (!observed.ledger || !observed.application)
      await run.client.query(createLedgers(run.applicationSchema));
    await adopt(run, counted, "baseline");
  });
}

/** Tells how the database differs from what the files would make: no hindrance here, but to be known. */
async function showDifferences(
  run: Run,
  files: readonly Migration[],
  counted: readonly Migration[],
): Promise<void> {
  for (const { file, text } of await compareWithDatabase(run, files, counted))
    run.progress(`${file} differs: ${text}`);
}

/** Makes the ledgers agree with files that were edited, renamed or deleted after they were applied. */
export async function repair(options: CommandOptions, statementDone: string | undefined): Promise<void> {
  const files = readMigrations(options.directory);
  refuseUnsound(files);
  await underLock(options, async (run, observed) => {
    const interrupted = (observed.ledger ?? []).filter((row) => !row.finished).map(({ name }) => name);
    if (statementDone !== undefined && !interrupted.includes(statementDone))
      throw new Error(
        `repair: expected a file that was interrupted (${interrupted.join(", ") || "there is none"}), got ${statementDone}; see status`,
      );
    const repairs = observed.ledger
      ? await planRepairs(run.client, files.migrations, run.applicationSchema, statementDone)
      : [];
    for (const line of repairs.flatMap((one) => one.lines)) run.progress(line);
    if (repairs.length === 0) run.progress("the ledger agrees with the files: nothing to repair");
    if (!options.write || repairs.length === 0) return;
    const statements = repairs.flatMap((one) => one.sql);
    await runStatements(run.client, ["BEGIN", ...statements, "COMMIT"]);
    run.progress(`repaired ${repairs.length} of ${repairs.length}`);
  });
}

function refuseUnsound({ migrations, problems }: MigrationFiles): void {
  const all = [...problems, ...migrations.flatMap((migration) => migration.problems)];
  if (all.length > 0) throw new MigrationsRefusedError(all);
}

async function underLock(
  options: CommandOptions,
  use: (run: Run, observed: Observation) => Promise<void>,
): Promise<void> {
  const { url, progress, lockTimeout = 10_000, statementTimeout = 0 } = options;
  await onSession(url, { applicationName, retryFor: options.retryFor ?? 0 }, async (client: pg.Client) => {
    await locked(client, await observe(client), options, async (observed) => {
      const { backend, applicationSchema } = observed;
      await use(
        { client, backend, applicationSchema, url, lockTimeout, statementTimeout, progress },
        observed,
      );
    });
  });
}
