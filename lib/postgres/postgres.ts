import pg from "pg";
import { sleepFor } from "../pulumi/cancellation.ts";
import { ProblemError } from "../text/problem.ts";
import { describeDatabase, parseConnection, type Connection } from "./connection.ts";
import { encryptions, type Encryption } from "./encryption.ts";
import { checkSession, SessionMismatchError } from "./checkSession.ts";

export { describeDatabase, isSameDatabase, placeOfDatabase } from "./connection.ts";

/** Options of a session. */
export interface SessionOptions {
  /**
   * Shown in pg_stat_activity, so that a waiting session can name who holds a lock. The URL's `application_name`
   * counts before it.
   */
  readonly applicationName: string;
  /** The server itself refuses every write of the session. @default false */
  readonly readOnly?: boolean;
  /** The time to go on trying while the server is starting or cannot be reached, in milliseconds. @default 0 */
  readonly retryFor?: number;
  /** The limit of one attempt to connect, in milliseconds. @default the URL's connect_timeout, or 10000 */
  readonly connectTimeout?: number;
  /** Root certificate, as PEM text, that counts instead of the one the URL names. */
  readonly rootCertificate?: string;
  /** Whether to wait for the server to close its side as well, which a session that holds a lock must. @default true */
  readonly awaitClose?: boolean;
}

/** The database cannot be reached: nothing was run. */
export class UnreachableDatabaseError extends ProblemError {
  override readonly name = "UnreachableDatabaseError";
  /** The answer in place of a session. */
  readonly got: string;
  constructor(where: string, remedy: string, cause: unknown) {
    const got = message(cause);
    super({ said: `database ${where}: expected to connect, got ${got}`, remedy }, { cause });
    this.got = got;
  }
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

/**
 * Opens one session, hands it to `use`, and closes it whatever happens.
 *
 * @param url - `postgres://user:password@host:port/database?name=value`; each of libpq's parameters means what it means
 *   to libpq, or is refused (parameters.ts)
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
  const connection = parseConnection(url);
  const ways = encryptions(connection, options.rootCertificate);
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await attempt(connection, options, ways);
    } catch (cause) {
      const code = errorCode(cause);
      if (Date.now() + pause < deadline && (transient.has(code) || isTimeout(cause))) {
        await sleepFor(describeDatabase(url), pause);
        continue;
      }
      const remedy = cause instanceof SessionMismatchError ? cause.remedy : advice(code);
      throw new UnreachableDatabaseError(describeDatabase(url), remedy, cause);
    }
  }
}

/** One try by every way that sslmode allows. */
async function attempt(
  connection: Connection,
  options: SessionOptions,
  [way = false, ...others]: readonly Encryption[],
): Promise<pg.Client> {
  try {
    return await open(connection, options, way);
  } catch (error) {
    if (others.length === 0 || !isForTheOtherWay(error)) throw error;
    return attempt(connection, options, others);
  }
}

/** Whether the server, or the handshake, refuses this kind of session: it offers no TLS, or pg_hba.conf asks for it. */
function isForTheOtherWay(error: unknown): boolean {
  return /does not support SSL/.test(message(error)) || /^(28000|EPROTO|ERR_SSL_)/.test(errorCode(error));
}

async function open(connection: Connection, options: SessionOptions, ssl: Encryption): Promise<pg.Client> {
  const client = withoutEnvironment(() => new pg.Client(clientConfig(connection, options, ssl)));
  // Without a listener a session killed between two queries would end the whole process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await checkSession(client, connection, options.readOnly ?? false);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function clientConfig(connection: Connection, options: SessionOptions, ssl: Encryption): pg.ClientConfig {
  const { host, port, user, password, database } = connection;
  // Sent with the start of the session, so that no statement can come before them; of two the later one counts.
  const startup = [connection.options, options.readOnly && "-c default_transaction_read_only=on"];
  const given = startup.filter((text): text is string => typeof text === "string");
  return {
    ...{ host, port, user, password, database, ssl },
    application_name: connection.applicationName ?? options.applicationName,
    connectionTimeoutMillis: connectTimeout(connection, options),
    keepAlive: true,
    ...(given.length === 0 ? {} : { options: given.join(" ") }),
  };
}

function connectTimeout(connection: Connection, options: SessionOptions): number {
  const ofUrl = connection.connectTimeout === undefined ? undefined : connection.connectTimeout * 1000;
  if (options.connectTimeout === undefined) return ofUrl ?? 10_000;
  return ofUrl ? Math.min(ofUrl, options.connectTimeout) : options.connectTimeout;
}

/**
 * The driver fills in what it is not given from libpq's environment variables. There PGOPTIONS would lead a session
 * into another schema than the URL says. PGPASSWORD and PGPASSFILE stay: they count only where the URL has no password.
 */
function withoutEnvironment<T>(make: () => T): T {
  const kept = Object.entries(process.env).filter(
    ([name]) => /^PG[A-Z]+$/.test(name) && name !== "PGPASSWORD" && name !== "PGPASSFILE",
  );
  for (const [name] of kept) delete process.env[name];
  try {
    return make();
  } finally {
    Object.assign(process.env, Object.fromEntries(kept));
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
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "name the file of its authority's certificate by sslrootcert in the URL, or add it to the system's";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "connect by a name that the certificate bears";
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
