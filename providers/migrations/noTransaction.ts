import pg from "pg";
import { BatchError, runBatch } from "./batch.ts";
import type { Migration } from "./files.ts";
import { announce, ledgerTable, recordBegun } from "./ledger.ts";
import { stayOnBackend } from "./lock.ts";
import { MigrationsRefusedError } from "./plan.ts";
import { nonTransactional, type NonTransactional } from "./rules.ts";
import { failure, timeouts, type Run } from "./run.ts";
import { migrationFailed } from "./sqlError.ts";
import { splitStatements, type Statement } from "./statements.ts";

/**
 * A file marked to run outside a transaction: statement by statement, each one counted in the ledger when it is
 * done, so that a run that was interrupted goes on where it stopped.
 *
 * @param interruptedAfter - statements done by an earlier run; undefined when none began it
 */
export async function runWithoutTransaction(
  run: Run,
  migration: Migration,
  interruptedAfter: number | undefined,
): Promise<void> {
  const { client, progress } = run;
  if (interruptedAfter === undefined) await client.query(recordBegun(migration));
  else {
    await refuseChangedPast(run, migration, interruptedAfter);
    progress(
      `${migration.name}: goes on after statement ${interruptedAfter} of ${migration.statements.length}`,
    );
  }
  const started = Date.now();
  for (const [at, statement] of migration.statements.entries()) {
    if (at < (interruptedAfter ?? 0)) continue;
    const special = nonTransactional(statement);
    const done = `UPDATE ${ledgerTable} SET completed_statements = ${at + 1} WHERE name = ${pg.escapeLiteral(migration.name)}`;
    if (special === undefined) {
      // An ordinary statement is counted in its own transaction: it cannot be done and not counted.
      const before = ["RESET ALL", "BEGIN", stayOnBackend(run.backend), ...timeouts(run, "SET LOCAL")];
      await send(run, migration, statement, before, ["RESET ROLE", done, "COMMIT"]);
      continue;
    }
    // Only a statement that an earlier run may have sent can be done without being counted.
    const uncertain = at === interruptedAfter;
    if (!(await alreadyDone(run, migration, statement, special, uncertain))) {
      await client.query(["RESET ALL", stayOnBackend(run.backend), ...timeouts(run, "SET")].join("; "));
      await send(run, migration, statement, [], []);
    }
    await client.query(done);
  }
  await client.query(`BEGIN;
UPDATE ${ledgerTable} SET applied_at = clock_timestamp(), duration_ms = ${Date.now() - started},
  checksum = '${migration.checksum}', digest = '${migration.digest}', sql = ${pg.escapeLiteral(migration.sql)}
  WHERE name = ${pg.escapeLiteral(migration.name)};
${announce(run.applicationSchema, [migration.name])};
COMMIT`);
}

/** The statements that are done must still be the file's first ones: only what comes after may be mended. */
async function refuseChangedPast(run: Run, migration: Migration, completed: number): Promise<void> {
  const { rows } = await run.client.query<{ sql: string }>(`SELECT sql FROM ${ledgerTable} WHERE name = $1`, [
    migration.name,
  ]);
  const done = splitStatements(rows[0]?.sql ?? "").slice(0, completed);
  const changed = done.findIndex((statement, at) => words(statement) !== words(migration.statements[at]));
  if (changed < 0) return;
  throw new MigrationsRefusedError([
    `${migration.name}: statement ${changed + 1} was edited after it was done; undo that, and mend only what comes after statement ${completed}`,
  ]);
}

function words(statement: Statement | undefined): string {
  return JSON.stringify(statement?.tokens.map((token) => token.text));
}

async function send(
  run: Run,
  migration: Migration,
  statement: Statement,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const preamble = before.map((sql) => `${sql};\n`).join("");
  const rest = after.map((sql) => `;\n${sql}`).join("");
  try {
    await runBatch(run.client, `${preamble}${statement.text}${rest}`);
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    await run.client.query("ROLLBACK").catch(() => undefined);
    const sent = preamble + statement.text;
    throw failure(run, migration, statement.start, sent, preamble.length - statement.start, error);
  }
}

/** Whether a statement's effect is there; clears away what an interrupted one left behind. */
async function alreadyDone(
  run: Run,
  migration: Migration,
  statement: Statement,
  special: NonTransactional,
  uncertain: boolean,
): Promise<boolean> {
  switch (special.kind) {
    case "create index": {
      const valid = await indexState(run, special.index, special.table);
      if (valid === false) {
        run.progress(
          `${migration.name}: drops the invalid index ${special.index} of an interrupted run and builds it anew`,
        );
        await run.client.query(`DROP INDEX CONCURRENTLY ${qualify(special.index, special.table)}`);
      }
      return uncertain && valid === true;
    }
    case "drop index":
      return uncertain && (await relationGone(run, special.index));
    case "detach partition": {
      const pending = await detachState(run, special.table, special.partition);
      if (pending === true)
        await run.client.query(`ALTER TABLE ${special.table} DETACH PARTITION ${special.partition} FINALIZE`);
      return pending === true || (uncertain && pending === undefined);
    }
    case "repeatable":
      return false;
    case "once":
      if (!uncertain) return false;
      throw migrationFailed(
        migration,
        statement.start,
        new Error("an earlier run was interrupted at this statement, which may or may not be done"),
        `look, then record it with npm run migrations -- repair --statement-done ${migration.name}`,
      );
  }
}

/** Whether the index is valid; undefined when there is none of that name on the table. */
async function indexState(run: Run, index: string, table: string): Promise<boolean | undefined> {
  const { rows } = await run.client.query<{ valid: boolean }>(
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1) AND indrelid = to_regclass($2)",
    [qualify(index, table), table],
  );
  return rows[0]?.valid;
}

/** An index lies in the schema of its table. */
function qualify(index: string, table: string): string {
  const schema = /^(.*)\.(?:"(?:[^"]|"")*"|[^."]*)$/.exec(table)?.[1];
  return schema === undefined || index.includes(".") ? index : `${schema}.${index}`;
}

async function relationGone(run: Run, name: string): Promise<boolean> {
  const { rows } = await run.client.query<{ gone: boolean }>("SELECT to_regclass($1) IS NULL AS gone", [
    name,
  ]);
  return rows[0]?.gone ?? false;
}

/** Whether a detachment is half done; false when the partition is attached, undefined when it is detached. */
async function detachState(run: Run, table: string, partition: string): Promise<boolean | undefined> {
  const { rows } = await run.client.query<{ pending: boolean }>(
    `SELECT inhdetachpending AS pending FROM pg_inherits
     WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)`,
    [table, partition],
  );
  return rows[0]?.pending;
}
