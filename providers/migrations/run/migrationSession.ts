import type pg from "pg";
import { withClient, type SessionOptions } from "../../../lib/postgres/postgres.ts";
import { explained } from "./sqlError.ts";

/**
 * Lifts what a role has against idle sessions (PostgreSQL 14), as one is while files are read and looked at, and while
 * it waits for another run.
 */
export const stayIdle =
  "SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('idle_session_timeout', true) IS NOT NULL";

/** A session for the migrations: whatever the server says outside of a file comes with what to do about it. */
export function onSession<T>(
  url: string,
  options: SessionOptions,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withClient(url, options, use).catch((error: unknown) => {
    throw explained(error);
  });
}
