import { lineOf, type Problem } from "../../../lib/text/problem.ts";
import type { Migration, MigrationFiles } from "../files/files.ts";
import { ledgerTable, type LedgerRow, type Observation } from "../ledger/ledger.ts";

/** The work after which the database holds every file, worked out without touching anything. */
export interface Plan {
  /** To be run, in order. */
  readonly pending: readonly Migration[];
  /** Applied by somebody else before: counted as applied once their objects are seen to be there. */
  readonly adopt: readonly Migration[];
  /** In this program's ledger, yet unknown to the application's. */
  readonly unannounced: readonly string[];
  /** Files without a transaction that began and did not finish, by name: statements done. */
  readonly interrupted: ReadonlyMap<string, number>;
  /** Nothing runs unless this is empty. */
  readonly problems: readonly Problem[];
}

export interface PlanOptions {
  /** Lets a file run although one with a higher number is applied. */
  readonly allowOutOfOrder: boolean;
}

/** Compares files and ledgers. Names in `_migrations` that no file carries belong to the application. */
export function planMigrations(files: MigrationFiles, observed: Observation, options: PlanOptions): Plan {
  const ledger = new Map((observed.ledger ?? []).map((row) => [row.name, row]));
  const application = new Set(observed.application ?? []);
  const unchanged = (migration: Migration): boolean =>
    ledger.get(migration.name)?.digest === migration.digest;
  const changed = files.migrations.filter((migration) => !unchanged(migration));
  const problems = [
    ...files.problems,
    ...changed.flatMap((migration) => migration.problems),
    ...historyProblems(files.migrations, ledger, unchanged),
  ];
  const adopt: Migration[] = [];
  const pending: Migration[] = [];
  const interrupted = new Map<string, number>();
  let newest: Migration | undefined;
  for (const migration of files.migrations) {
    const row = ledger.get(migration.name);
    if (row && !row.finished) interrupted.set(migration.name, row.completedStatements);
    if (row?.finished || (!row && application.has(migration.name))) {
      if (!row) adopt.push(migration);
      newest = migration;
      continue;
    }
    pending.push(migration);
  }
  if (newest !== undefined && !options.allowOutOfOrder) {
    const { name, version } = newest;
    for (const late of pending.filter((migration) => migration.version < version))
      problems.push({
        said: `${late.name}: its number is lower than that of ${name}, which is applied`,
        remedy: "renumber it or allow out-of-order migrations",
      });
  }
  const unannounced = [...ledger.values()]
    .filter((row) => row.finished && !application.has(row.name))
    .map((row) => row.name);
  return { pending, adopt, unannounced, interrupted, problems };
}

/** Whether the database already holds everything. */
export function isConverged(plan: Plan): boolean {
  return plan.pending.length + plan.adopt.length + plan.unannounced.length + plan.problems.length === 0;
}

function historyProblems(
  migrations: readonly Migration[],
  ledger: ReadonlyMap<string, LedgerRow>,
  unchanged: (migration: Migration) => boolean,
): Problem[] {
  const problems: Problem[] = [];
  const repair = "run npm run migrations -- repair";
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of ledger.values()) {
    const file = byName.get(row.name);
    // A file that was interrupted may be mended; what it has done already is compared when it goes on.
    if (file && (!row.finished || unchanged(file) || file.checksum === row.checksum)) continue;
    if (file) {
      problems.push({
        said: `${row.name}: edited after it was applied (checksum ${short(row.checksum)} in ${ledgerTable}, ${short(file.checksum)} in the file)`,
        remedy: `undo the edit and write a new migration, or ${repair}`,
      });
      continue;
    }
    const renamed = migrations.find((other) => other.checksum === row.checksum && !ledger.has(other.name));
    problems.push(
      renamed
        ? {
            said: `${row.name}: renamed to ${renamed.name} after it was applied`,
            remedy: `give it its old name back, or ${repair}`,
          }
        : { said: `${row.name}: deleted after it was applied`, remedy: `restore the file, or ${repair}` },
    );
  }
  return problems;
}

/** A text that cannot be read to its end has none. */
function short(checksum: string): string {
  return checksum.slice(0, 12) || "none";
}

/** Migrations were refused: nothing was run. Every problem is a line of its own. */
export class MigrationsRefusedError extends Error {
  override readonly name = "MigrationsRefusedError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map((problem) => `  ${lineOf(problem)}`);
    super(`migrations: ${count}, nothing was run\n${lines.join("\n")}`);
    this.problems = problems;
  }
}
