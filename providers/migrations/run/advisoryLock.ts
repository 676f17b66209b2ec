import type pg from "pg";
import { describeDatabase, withClient } from "../../../lib/postgres/postgres.ts";
import { sleepFor } from "../../../lib/pulumi/cancellation.ts";

/** The advisory lock of the migrations, per database: two numbers so that pg_locks shows them as they are. */
const key = { classid: 0x6d736978, objid: 1 } as const;

export interface LockOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Limit of the wait for another run, in milliseconds. */
  readonly wait: number;
  readonly progress: (line: string) => void;
}

/**
 * Takes the session lock, waiting for another run to end. It polls: a session that waits inside
 * pg_advisory_lock holds a snapshot, and the holder's CREATE INDEX CONCURRENTLY would wait for it forever.
 * The lock ends with the session.
 */
export async function acquireLock(client: pg.Client, backend: number, options: LockOptions): Promise<void> {
  await refuseTransactionPooling(client, backend, options);
  const deadline = Date.now() + options.wait;
  let told = 0;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2000)) {
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_lock(${key.classid}, ${key.objid}) AS locked`,
    );
    if (rows[0]?.locked) return;
    // It may have ended between the two questions.
    const holder = (await describeHolder(client)) ?? "a session that has just ended";
    if (Date.now() + pause > deadline)
      throw new Error(
        `migrations: expected the lock within ${options.wait} ms, but ${holder} holds it; wait for that run or end its session with pg_terminate_backend`,
      );
    if (Date.now() - told > 10_000) {
      options.progress(`waiting for another run of the migrations: ${holder} holds the lock`);
      told = Date.now();
    }
    await sleepFor("another run of the migrations", pause);
  }
}

/**
 * Describes the session that holds the lock. The server shows the origin of another role's session only to roles that
 * it trusts.
 */
async function describeHolder(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ holder: string }>(`
    SELECT format('process %s (%s)', pid, concat_ws(', ', coalesce(nullif(application_name, ''), 'unnamed'), 'user ' || usename,
      CASE WHEN backend_start IS NOT NULL THEN 'from ' || coalesce(host(client_addr), 'a local socket') END,
      to_char(backend_start, '"connected "YYYY-MM-DD HH24:MI:SS TZ'))) AS holder
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = ${key.classid} AND objid = ${key.objid} AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  return rows[0]?.holder;
}

/** A pooler that loses the session lock, with the way past it. */
export class TransactionPoolingError extends Error {
  override readonly name = "TransactionPoolingError";
  constructor(url: string, seen: string) {
    super(
      `database ${describeDatabase(url)}: expected one server process for the whole session, but ${seen}: a pooler in transaction mode (PgBouncer pool_mode=transaction) loses the migration lock; connect to PostgreSQL itself or to a pool in session mode`,
    );
  }
}

/** A statement that fails on any other server process than the one that holds the lock. */
export function stayOnBackend(backend: number): string {
  return `SELECT ('${strayed} ' || pg_backend_pid())::integer WHERE pg_backend_pid() <> ${backend}`;
}

const strayed = "mesh-six: moved to server process";

/** The server process that the session has moved to, by the statement of stayOnBackend. */
export function movedTo(message: string): string | undefined {
  return message.includes(strayed) ? /process (\d+)/.exec(message)?.[1] : undefined;
}

/**
 * A pooler gives every client a cancel key of its own, so the process number of the greeting is not the
 * server's. Behind one, a second session gets the idle first one's server process exactly when the pool
 * hands them out by transaction.
 */
async function refuseTransactionPooling(
  client: pg.Client,
  backend: number,
  options: LockOptions,
): Promise<void> {
  const { processID } = client as unknown as { readonly processID: number };
  if (processID === backend) return;
  for (let look = 1; look <= looks; look += 1) {
    const second = await withClient(options.url, { applicationName: options.applicationName }, backendOf);
    const first = await backendOf(client);
    if (second === backend)
      throw new TransactionPoolingError(options.url, `two sessions at once share server process ${backend}`);
    if (first !== backend)
      throw new TransactionPoolingError(options.url, `process ${first} answers after process ${backend}`);
  }
}

/** A busy session of somebody else's can hide it for a moment: what it has just given back is handed out first. */
const looks = 4;

async function backendOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid;
}
