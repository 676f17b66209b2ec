import pg from "pg";
import { BatchError, runBatch, runStatements } from "./batch.ts";
import type { Migration } from "../files/files.ts";
import { Literal, type Sql } from "../files/sql.ts";
import { announce, ledgerTable, recordBegun } from "../ledger/ledger.ts";
import { stayOnBackend } from "./advisoryLock.ts";
import { MigrationsRefusedError } from "./plan.ts";
import { alreadyDone } from "./alreadyDone.ts";
import { runsAlone } from "../files/rules.ts";
import { failure, freshSession, timeouts, type Run, type Sent } from "./context.ts";
import { has, keywords, splitStatements, type Statement } from "../files/statements.ts";

/**
 * Runs a file marked to run outside a transaction, statement by statement. The ledger counts each one when it is
 * done, so that an interrupted run goes on where it stopped. The file's settings hold to its end.
 *
 * @param interruptedAfter - statements done by an earlier run; undefined when none began it
 */
export async function runWithoutTransaction(
  run: Run,
  migration: Migration,
  interruptedAfter: number | undefined,
): Promise<void> {
  const { client, progress } = run;
  const done = interruptedAfter ?? 0;
  /** Whether the statement to go on with was sent, and nobody knows what became of it. */
  let uncertain = false;
  if (interruptedAfter === undefined) await runStatements(client, [recordBegun(migration)]);
  else {
    uncertain = await resume(run, migration, done);
    progress(`${migration.name}: goes on after statement ${done} of ${migration.statements.length}`);
  }
  const started = Date.now();
  await client.query([stayOnBackend(run.backend), timeouts(run, "session")].join("; "));
  for (const [at, statement] of migration.statements.entries()) {
    if (at < done) {
      // A new session knows nothing of what the interrupted one had set.
      if (has(keywords(statement), 0, "SET|RESET")) await send(run, migration, statement);
      continue;
    }
    const counted = update(run, migration, `completed_statements = ${at + 1}, duration_ms = NULL`);
    const alone = runsAlone(statement);
    if (alone === undefined) {
      // An ordinary statement is counted in its own transaction: it cannot be done and not counted.
      await send(run, migration, statement, ["BEGIN", stayOnBackend(run.backend)], [...counted, "COMMIT"]);
      continue;
    }
    // Only a statement that an earlier run has sent, and of which it had no answer, can be done without being counted.
    const again = interruptedAfter === at;
    const clear = (sql: string): Promise<void> =>
      noted(run, migration, () => sendText(run, migration, statement, sql));
    if (!(await alreadyDone(run, migration, statement, alone, again, again && uncertain, clear))) {
      await client.query(stayOnBackend(run.backend));
      const act = (): Promise<void> => send(run, migration, statement);
      await (alone.kind === "repeatable" ? act() : noted(run, migration, act));
    }
    await transact(run, counted);
  }
  await transact(run, [
    ...freshSession,
    `UPDATE ${ledgerTable} SET applied_at = clock_timestamp(), duration_ms = ${Date.now() - started}
  WHERE name = ${pg.escapeLiteral(migration.name)}`,
    announce(run.applicationSchema, [migration.name]),
  ]);
}

/**
 * Notes a statement outside a transaction before it is sent, so that an interruption shows, and differs from a
 * refusal.
 */
async function noted(run: Run, migration: Migration, act: () => Promise<void>): Promise<void> {
  await transact(run, update(run, migration, "duration_ms = 0"));
  try {
    await act();
  } catch (error) {
    // The server says that it failed: the next run may send it again. A session that was ended cannot note that.
    if ((error as Error).cause instanceof pg.DatabaseError)
      await transact(run, update(run, migration, "duration_ms = NULL")).catch(() => undefined);
    throw error;
  }
}

/** A change of the file's row in the ledger, with none of the role and the limits that the file may have set. */
function update(run: Run, migration: Migration, assignments: string): string[] {
  return [
    "SET LOCAL ROLE NONE",
    timeouts(run, "transaction"),
    `UPDATE ${ledgerTable} SET ${assignments} WHERE name = ${pg.escapeLiteral(migration.name)}`,
  ];
}

async function transact(run: Run, statements: readonly Sql[]): Promise<void> {
  await runStatements(run.client, ["BEGIN", stayOnBackend(run.backend), ...statements, "COMMIT"]);
}

/**
 * The statements that are done must still be the file's first ones: only what comes after may be mended. From now on
 * the text counts as it is. Returns whether the next statement was under way when the session ended: only then is the
 * duration there, as 0.
 */
async function resume(run: Run, migration: Migration, completed: number): Promise<boolean> {
  const { rows } = await run.client.query<{ sql: string; sent: boolean }>(
    `SELECT sql, duration_ms IS NOT NULL AS sent FROM ${ledgerTable} WHERE name = $1`,
    [migration.name],
  );
  const done = [...splitStatements(rows[0]?.sql ?? "")].slice(0, completed);
  const changed = done.findIndex((statement, at) => words(statement) !== words(migration.statements.at(at)));
  if (changed >= 0)
    throw new MigrationsRefusedError([
      {
        said: `${migration.name}: statement ${changed + 1} was edited after it was done`,
        remedy: `undo that, and mend only what comes after statement ${completed}`,
      },
    ]);
  const { checksum, digest, sql } = migration;
  await transact(run, [
    [
      `UPDATE ${ledgerTable} SET checksum = '${checksum}', digest = '${digest}', sql = `,
      new Literal(sql),
      ` WHERE name = ${pg.escapeLiteral(migration.name)}`,
    ],
  ]);
  return rows[0]?.sent ?? false;
}

function words(statement: Statement | undefined): string {
  return JSON.stringify(statement?.tokens.map((token) => token.text));
}

async function send(
  run: Run,
  migration: Migration,
  statement: Statement,
  before: readonly string[] = [],
  after: readonly string[] = [],
): Promise<void> {
  const preamble = before.map((sql) => `${sql};\n`).join("");
  const rest = after.map((sql) => `;\n${sql}`).join("");
  const { text, start } = statement;
  await sendText(run, migration, statement, [preamble, text, rest], { preamble, text, start });
}

/** Sends a text, be it the file's or what clears the way for one of its statements; says of an error where it belongs. */
async function sendText(
  run: Run,
  migration: Migration,
  statement: Statement,
  sql: Sql,
  sent?: Sent,
): Promise<void> {
  try {
    await runBatch(run.client, sql);
  } catch (error) {
    if (!(error instanceof BatchError)) throw error;
    await run.client.query("ROLLBACK").catch(() => undefined);
    throw failure(run, migration, statement.start, error, sent);
  }
}
