import type pg from "pg";
import { errorCode, withClient, type SessionOptions } from "../../lib/postgres/postgres.ts";

/** The time that a session without work stays open, in milliseconds. */
const idle = 1000;

interface Session {
  readonly client: Promise<pg.Client>;
  /** The last of the queued jobs. */
  tail: Promise<unknown>;
  jobs: number;
  used: boolean;
  timer: NodeJS.Timeout | undefined;
  readonly close: () => void;
}

const sessions = new Map<string, Session>();

/**
 * Runs a job on a session that all jobs with the same URL and options share, one after another: a hundred
 * rows open one connection. A job must be one transaction or read only; it is run once more when a session
 * that had been idle turns out to have been ended by the server.
 */
export async function onSharedSession<T>(
  url: string,
  options: SessionOptions,
  job: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify([url, options]);
  const session = sessions.get(key) ?? open(key, url, options);
  const reused = session.used;
  session.used = true;
  session.jobs++;
  clearTimeout(session.timer);
  const result = session.tail.then(async () => job(await session.client));
  session.tail = result.catch(() => undefined);
  try {
    return await result;
  } catch (error) {
    if (!isEnded(error)) throw error;
    drop(key, session);
    if (!reused) throw error;
    return await onSharedSession(url, options, job);
  } finally {
    if (--session.jobs === 0) session.timer = setTimeout(() => drop(key, session), idle);
  }
}

function open(key: string, url: string, options: SessionOptions): Session {
  const ready = Promise.withResolvers<pg.Client>();
  const released = Promise.withResolvers<void>();
  const ended = withClient(url, options, async (client) => {
    // A statement of its own waits for locks too: an insert for another one's of the same row, a look for DDL.
    await client.query("SET lock_timeout = '10s'");
    client.once("end", released.resolve);
    ready.resolve(client);
    return released.promise;
  });
  const session: Session = {
    client: ready.promise,
    tail: Promise.resolve(),
    jobs: 0,
    used: false,
    timer: undefined,
    close: released.resolve,
  };
  // After a failure the next caller tries again.
  ended.catch((error: unknown) => {
    drop(key, session);
    ready.reject(error);
  });
  sessions.set(key, session);
  return session;
}

function drop(key: string, session: Session): void {
  if (sessions.get(key) === session) sessions.delete(key);
  clearTimeout(session.timer);
  session.close();
}

/** Whether the server or the network ended the session, so that nothing of the job is done. */
export function isEnded(error: unknown): boolean {
  const code = errorCode(error);
  return (
    ["57P01", "57P02", "57P05", "ECONNRESET", "EPIPE"].includes(code) ||
    (error instanceof Error && /^Connection terminated|not queryable/.test(error.message))
  );
}
