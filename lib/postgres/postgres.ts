import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** How a session is opened. */
export interface SessionOptions {
  /** Shown in pg_stat_activity, so that a waiting session can name who holds a lock. */
  readonly applicationName: string;
  /** The server itself refuses every write of the session. @default false */
  readonly readOnly?: boolean;
  /** How long to go on trying while the server is starting or cannot be reached, in milliseconds. @default 0 */
  readonly retryFor?: number;
  /** How long one attempt to connect may take, in milliseconds. @default 10000 */
  readonly connectTimeout?: number;
  /** Whether to wait for the server to close its side as well, which a session that holds a lock must. @default true */
  readonly awaitClose?: boolean;
}

/** The database cannot be reached: nothing was run. */
export class UnreachableDatabaseError extends Error {
  override readonly name = "UnreachableDatabaseError";
}

/** Answers of a server that is starting, stopping or full, and of a network that is not up yet. */
const transient = new Set([
  "57P03", // cannot_connect_now
  "57P01", // admin_shutdown
  "53300", // too_many_connections
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

/** `user@host:port/database` of a database URL: what may be shown of it. */
export function describeDatabase(url: string): string {
  const parsed = parse(url);
  return `${decodeURIComponent(parsed.username)}@${parsed.hostname}:${parsed.port || "5432"}${parsed.pathname}`;
}

/**
 * Opens one session, hands it to `use`, and closes it whatever happens.
 *
 * @param url - `postgres://user:password@host:port/database?sslmode=…`; sslmode is one of disable, prefer (the
 *   default), require, verify-ca, verify-full and means what it means to libpq; `sslrootcert` is a path
 * @throws UnreachableDatabaseError, which names user, host and database and never the password
 */
export async function withClient<T>(
  url: string,
  options: SessionOptions,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(url, options);
  try {
    return await use(client);
  } finally {
    // A session that the server has already ended has nothing left to close.
    const closed = client.end().catch(() => undefined);
    if (options.awaitClose ?? true) await closed;
  }
}

async function connect(url: string, options: SessionOptions): Promise<pg.Client> {
  const deadline = Date.now() + (options.retryFor ?? 0);
  const mode = parse(url).searchParams.get("sslmode") ?? "prefer";
  const ssl = encryption(url, mode);
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await attempt(url, options, mode, ssl);
    } catch (cause) {
      const code = errorCode(cause);
      if (Date.now() + pause < deadline && (transient.has(code) || isTimeout(cause))) {
        await sleep(pause);
        continue;
      }
      throw new UnreachableDatabaseError(
        `database ${describeDatabase(url)}: expected to connect, got ${message(cause)}; ${advice(code)}`,
        { cause },
      );
    }
  }
}

async function attempt(
  url: string,
  options: SessionOptions,
  mode: string,
  ssl: pg.ClientConfig["ssl"],
): Promise<pg.Client> {
  try {
    return await open(url, options, ssl);
  } catch (error) {
    // libpq's "prefer" takes the plain connection when the server offers no TLS.
    const offersNone = message(error).includes("does not support SSL");
    if (mode === "prefer" && offersNone) return open(url, options, false);
    throw error;
  }
}

async function open(url: string, options: SessionOptions, ssl: pg.ClientConfig["ssl"]): Promise<pg.Client> {
  const { hostname, port, username, password, pathname } = parse(url);
  const client = new pg.Client({
    host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || "5432"),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeout ?? 10_000,
    keepAlive: true,
    ssl,
    // Sent with the start of the session, so that no statement can come before it.
    ...(options.readOnly ? { options: "-c default_transaction_read_only=on" } : {}),
  });
  // Without a listener a session killed between two queries would end the whole process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function encryption(url: string, mode: string): pg.ClientConfig["ssl"] {
  const rootCertificate = parse(url).searchParams.get("sslrootcert");
  const ca = rootCertificate === null ? {} : { ca: readCertificate(rootCertificate) };
  switch (mode) {
    case "disable":
      return false;
    case "allow":
    case "prefer":
    case "require":
      return { rejectUnauthorized: false };
    case "verify-ca":
      return { ...ca, checkServerIdentity: () => undefined };
    case "verify-full":
      return ca;
    default:
      throw new Error(
        `database URL: expected sslmode disable, prefer, require, verify-ca or verify-full, got ${mode}; correct the setting`,
      );
  }
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(
      `database URL: expected sslrootcert to be a readable file, got ${message(cause)}; correct the setting`,
      { cause },
    );
  }
}

/** The URL's parts. The parser's own error carries the whole URL, password and all, so it goes no further. */
function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || !isDecodable(parsed))
    throw new Error(
      "database URL: expected postgres://user:password@host:port/database, got something else; percent-encode user and password",
    );
  return parsed;
}

function isDecodable({ hostname, username, password, pathname }: URL): boolean {
  try {
    for (const part of [hostname, username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

function advice(code: string): string {
  switch (code) {
    case "28P01":
    case "28000":
      return "check user, password and pg_hba.conf";
    case "3D000":
      return "create the database first";
    case "08P01":
      return "connect to PostgreSQL itself, not through a pooler";
    case "53300":
      return "free a connection or raise max_connections";
    default:
      return "check that the server runs and that host, port and sslmode are right";
  }
}

/** The SQLSTATE or system error code of an error, else "". */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function message(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return message(error.errors[0]);
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  return code && !text.includes(code) ? `${text} (${code})` : text;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout/i.test(error.message);
}
