import type pg from "pg";
import type { Connection } from "./connection.ts";

/** A session that is another one than the URL asks for. */
export class SessionMismatchError extends Error {
  override readonly name = "SessionMismatchError";
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/**
 * Checks that a new session is what its connection string asks for: a pooler on the way can drop the options that a
 * session starts with, and a name can lead to another server than it did.
 *
 * @throws SessionMismatchError that names the parameter
 */
export async function checkSession(
  client: pg.Client,
  { options, targetSessionAttrs }: Connection,
  readOnly: boolean,
): Promise<void> {
  if (options !== undefined) await checkOptions(client, options);
  if (targetSessionAttrs !== "any") await checkTarget(client, targetSessionAttrs, readOnly);
}

async function checkOptions(client: pg.Client, options: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS asked(name)
      WHERE NOT coalesce((SELECT source IN ('client', 'session') FROM pg_settings AS s WHERE lower(s.name) = lower(asked.name)),
                         current_setting(asked.name, true) IS NOT NULL)`,
    [optionNames(options)],
  );
  const names = rows.map(({ name }) => name);
  if (names.length === 0) return;
  throw new SessionMismatchError(
    `a session without ${names.join(", ")}, which the URL's options set and a pooler on the way drops`,
    "connect to PostgreSQL itself, or set it by ALTER ROLE … SET and leave options out",
  );
}

async function checkTarget(
  client: pg.Client,
  wanted: Exclude<Connection["targetSessionAttrs"], "any">,
  readOnly: boolean,
): Promise<void> {
  const { rows } = await client.query<{ standby: boolean; reading: boolean }>(
    "SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::boolean AS reading",
  );
  const [answer] = rows;
  if (!answer?.standby && (wanted === "primary" || readOnly || !answer?.reading)) return;
  const got = answer?.standby ? "a standby" : "one whose sessions are read-only";
  throw new SessionMismatchError(
    `${got} where the URL says target_session_attrs=${wanted}`,
    "name the server that takes writes",
  );
}

/** The settings that command-line options of the server name: `-c name=value`, `-cname=value`, `--name=value`. */
export function optionNames(options: string): string[] {
  // A backslash keeps the blank or backslash after it.
  const words = options.match(/(?:\\.|[^\s\\])+/g) ?? [];
  return words.flatMap((word, index) => {
    const setting = word.startsWith("--")
      ? word.slice(2)
      : word === "-c"
        ? (words[index + 1] ?? "")
        : word.startsWith("-c")
          ? word.slice(2)
          : "";
    const at = setting.indexOf("=");
    return at > 0 ? [setting.slice(0, at).replaceAll("-", "_")] : [];
  });
}
