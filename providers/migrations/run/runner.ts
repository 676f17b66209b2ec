import { hostname } from "node:os";
import type pg from "pg";
import { adopt, verify } from "../ledger/adoptFiles.ts";
import { BatchError, runBatch } from "./batch.ts";
import { readMigrationsMeanwhile, type Migration, type MigrationFiles } from "../files/files.ts";
import { statementsOf, type Sql } from "../files/sql.ts";
import { fingerprintOfDatabase, fingerprintOfFiles } from "../ledger/fingerprint.ts";
import {
  announce,
  createLedgers,
  observe,
  passIds,
  recordFinished,
  type Observation,
} from "../ledger/ledger.ts";
import { chunksOf } from "./chunks.ts";
import { acquireLock, stayOnBackend, TransactionPoolingError } from "./advisoryLock.ts";
import { runWithoutTransaction } from "./noTransaction.ts";
import { isConverged, MigrationsRefusedError, planMigrations, type Plan } from "./plan.ts";
import { failure, freshSession, timeouts, type Phase, type Run } from "./context.ts";
import { onSession } from "./migrationSession.ts";

/** The folder and database of the migrations, and options of the run. Times in milliseconds. */
export interface RunOptions {
  /** URL of the role that owns the database. */
  readonly url: string;
  /** The folder with the files. */
  readonly directory: string;
  /** Limit of a statement's wait for a lock; 0 for no limit. @default 10000 */
  readonly lockTimeout?: number;
  /** Limit of a statement's time; 0 for no limit. @default 0 */
  readonly statementTimeout?: number;
  /** Limit of the wait for another run. @default 600000 */
  readonly runWait?: number;
  /** Limit of the wait for a server that is starting. @default 30000 */
  readonly retryFor?: number;
  /** Lets a file run although one with a higher number is applied. @default false */
  readonly allowOutOfOrder?: boolean;
  /** Gets what is worth telling, a line at a time. */
  readonly progress?: (line: string) => void;
}

/** The results of a run, by file name. */
export interface RunReport {
  readonly applied: readonly string[];
  readonly adopted: readonly string[];
}

/**
 * Brings the database to the files: applies what is pending, adopts what the application has applied.
 *
 * @throws MigrationsRefusedError before anything is run; MigrationFailedError when a statement fails
 */
export async function migrate(options: RunOptions): Promise<RunReport> {
  const { url, directory, retryFor = 30_000 } = options;
  const session = { applicationName, retryFor, awaitClose: false };
  const run = onSession(url, session, async (client) => {
    const [known, files] = await Promise.all([fingerprintOfDatabase(client), reading]);
    // The usual case, nothing to do, needs no lock and no rows.
    if (known !== undefined && known === fingerprintOfFiles(files)) return { applied: [], adopted: [] };
    const first = await observe(client);
    if (isConverged(plan(files, first, options))) return { applied: [], adopted: [] };
    const work = locked(client, first, options, (observed) => converge(client, files, observed, options));
    // The lock goes with the session.
    return work.finally(() => client.end().catch(() => undefined));
  });
  // The files are read while the server opens the session.
  const reading = readMigrationsMeanwhile(directory);
  // An error of reading is the promise's: the session beside it ends in good order.
  reading.catch(() => undefined);
  return run;
}

export const applicationName = `mesh-six migrations, process ${process.pid} on ${hostname()}`.slice(0, 63);

/** Takes the lock and looks again: what another run did meanwhile counts. */
export async function locked<T>(
  client: pg.Client,
  { backend }: Observation,
  options: RunOptions,
  use: (observed: Observation) => Promise<T>,
): Promise<T> {
  const { url, runWait = 600_000, progress = () => undefined } = options;
  await acquireLock(client, backend, { url, applicationName, wait: runWait, progress });
  const observed = await observe(client);
  if (observed.backend !== backend)
    throw new TransactionPoolingError(url, `process ${observed.backend} answers after process ${backend}`);
  await client.query(freshSession.join("; "));
  return use(observed);
}

async function converge(
  client: pg.Client,
  files: MigrationFiles,
  observed: Observation,
  options: RunOptions,
): Promise<RunReport> {
  const { pending, adopt: known, unannounced, interrupted } = plan(files, observed, options);
  const { lockTimeout = 10_000, statementTimeout = 0, progress = () => undefined } = options;
  const { backend, applicationSchema } = observed;
  const run: Run = {
    client,
    backend,
    applicationSchema,
    url: options.url,
    lockTimeout,
    statementTimeout,
    progress,
  };
  const listen = ({ code, message }: { code?: string | undefined; message?: string | undefined }): void => {
    // no_active_sql_transaction: the runner's ROLLBACK after a failure found nothing to undo.
    if (code !== "25P01") progress(`notice: ${message ?? ""}`);
  };
  if (known.length > 0) await verify(run, files.migrations, known);
  // A later record in them takes this commit to the disk along with it.
  if (!observed.ledger || !observed.application)
    await client.query(`SET LOCAL synchronous_commit = off;\n${createLedgers(applicationSchema)}`);
  if (known.length > 0) await adopt(run, known, "adopted");
  if (observed.application && pending.length + unannounced.length > 0)
    await client.query(passIds(applicationSchema));
  if (unannounced.length > 0) await client.query(announce(applicationSchema, unannounced));
  client.on("notice", listen);
  for (const migration of pending) {
    const done = interrupted.get(migration.name);
    // A file that was interrupted goes on as it began, though its marker be gone.
    if (migration.noTransaction || done !== undefined) await runWithoutTransaction(run, migration, done);
    else await runInTransaction(run, migration, migration === pending.at(-1));
    progress(`applied ${migration.name}`);
  }
  client.off("notice", listen);
  return { applied: pending.map((m) => m.name), adopted: known.map((m) => m.name) };
}

function plan(files: MigrationFiles, observed: Observation, options: RunOptions): Plan {
  const result = planMigrations(files, observed, { allowOutOfOrder: options.allowOutOfOrder ?? false });
  if (result.problems.length > 0) throw new MigrationsRefusedError(result.problems);
  return result;
}

/**
 * One file, its ledger row and its name for the application's runner: one transaction, and one round trip unless the
 * file is long. Only the last commit of a run waits for the disk. It takes all earlier ones along, since the log is
 * written in order; a server that crashes before has lost files together with their ledger rows.
 */
async function runInTransaction(run: Run, migration: Migration, last: boolean): Promise<void> {
  const begin = ["BEGIN", stayOnBackend(run.backend), timeouts(run, "transaction")];
  const end: readonly Sql[] = [
    ...freshSession,
    timeouts(run, "transaction"),
    ...(last ? [] : ["SET LOCAL synchronous_commit = off"]),
    recordFinished(migration, "applied"),
    announce(run.applicationSchema, [migration.name]),
    "COMMIT",
  ];
  for (const chunk of chunksOf(migration)) {
    const before = chunk.from === 0 ? begin : [stayOnBackend(run.backend)];
    const preamble = before.map((statement) => `${statement};\n`).join("");
    // The line end closes a comment, the semicolon a statement, that the file leaves open at its end.
    const after = chunk.isLast ? ["\n;\n", statementsOf(end)] : "";
    try {
      await runBatch(run.client, [preamble, chunk.text, after]);
    } catch (error) {
      if (!(error instanceof BatchError)) throw error;
      await run.client.query("ROLLBACK").catch(() => undefined);
      const within = error.completed - before.length;
      const at = chunk.from + within;
      const phase = within < 0 ? phaseBefore(error) : phaseAfter(migration, at, end);
      const place = within < 0 ? phase : (migration.statements.at(at)?.start ?? phase);
      throw failure(run, migration, place, error, { ...chunk, preamble });
    }
  }
}

/** The server reads the whole message before it runs the first statement. */
function phaseBefore({ completed }: BatchError): Phase {
  return completed === 0 ? "read" : "begin";
}

function phaseAfter({ statements }: Migration, at: number, after: readonly Sql[]): Phase {
  return at - statements.length === after.length - 1 ? "commit" : "record";
}
