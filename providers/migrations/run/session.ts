import type pg from "pg";
import { withClient, type SessionOptions } from "../../../lib/postgres/postgres.ts";
import { explained } from "./sqlError.ts";

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
