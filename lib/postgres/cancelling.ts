import type pg from "pg";
import { cancelled, interrupted } from "../pulumi/cancellation.ts";
import { withClient } from "./postgres.ts";

/**
 * Runs a statement that may wait long on the server, and ends it there when the engine cancels the operation. A session
 * behind a pooler has another process for each client, so the server itself is asked for it.
 *
 * @param what - as in `interrupted while waiting for the lock`
 * @throws ProblemError when it does
 */
export async function queryUnlessCancelled(
  client: pg.Client,
  statement: string,
  {
    url,
    what,
    applicationName,
  }: { readonly url: string; readonly what: string; readonly applicationName: string },
): Promise<void> {
  const signal = cancelled();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  // Where no second session is to be had, the statement goes on: a second Ctrl-C ends the operation.
  const end = () =>
    void withClient(url, { applicationName }, (other) =>
      other.query("SELECT pg_cancel_backend($1)", [rows[0]?.pid]),
    ).catch(() => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    signal.throwIfAborted();
    await client.query(statement);
  } catch (error) {
    throw signal.aborted ? interrupted(what, error) : error;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
