import { ProblemError } from "../text/problem.ts";
import { nearest } from "../text/spelling.ts";
import { oneHostRemedy, parameters, sslModes } from "./parameters.ts";

/** A database URL taken apart: everything it says, decoded, with libpq's defaults. */
export interface Connection {
  /** Name, IPv4 address, IPv6 address without brackets, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Empty where the URL has none. */
  readonly password: string;
  readonly sslMode: (typeof sslModes)[number];
  /** `system`, or the path of a file of root certificates. */
  readonly sslRootCert?: string;
  /** Command-line options of the server, as in `-c search_path=app`. */
  readonly options?: string;
  readonly applicationName?: string;
  /** In seconds; 0 waits without end. */
  readonly connectTimeout?: number;
  readonly targetSessionAttrs: "any" | "read-write" | "primary";
}

/** A connection string that cannot be followed. No part of it that may be secret is in the message. */
export class ConnectionStringError extends ProblemError {
  override readonly name = "ConnectionStringError";
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string, remedy: string) {
    super({ said: `database URL: expected ${expected}, got ${got}`, remedy });
    this.expected = expected;
    this.got = got;
  }
}

/**
 * Takes a database URL apart as libpq does. This is the only reader of such URLs.
 *
 * @param text - `postgres://user:password@host:port/database?name=value&…`, each part percent-encoded; a value of the
 *   query counts before the part of the same meaning
 * @throws ConnectionStringError where the URL is malformed, holds a parameter that is not followed everywhere
 *   (parameters.ts), or is read differently by different drivers
 */
export function parseConnection(text: string): Connection {
  const url = parseUrl(text);
  const query = readQuery(url.search);
  const part = (name: string, ofUrl: string) => query.get(name) ?? decoded(ofUrl);
  const user = part("user", url.username);
  const host = part("host", url.hostname).replace(/^\[(.*)\]$/, "$1");
  if (user === "") throw malformed("a user in postgres://user:password@host:port/database", "none");
  if (host === "") throw malformed("a host in postgres://user:password@host:port/database", "none");
  if (url.port !== "") checkParameter("port", url.port);
  for (const [name, value] of query) checkParameter(name, value);
  if (host.includes(",")) throw new ConnectionStringError("one host", "a list of hosts", oneHostRemedy);
  const sslRootCert = query.get("sslrootcert");
  return {
    host,
    port: Number(query.get("port") ?? (url.port || "5432")),
    database: part("dbname", url.pathname.slice(1)) || user,
    user,
    password: part("password", url.password),
    sslMode: sslModeOf(query.get("sslmode"), sslRootCert),
    ...optional("sslRootCert", sslRootCert),
    ...optional("options", query.get("options")),
    ...optional("applicationName", query.get("application_name")),
    ...(query.has("connect_timeout") ? { connectTimeout: Number(query.get("connect_timeout")) } : {}),
    targetSessionAttrs: (query.get("target_session_attrs") ?? "any") as Connection["targetSessionAttrs"],
  };
}

/** `user@host:port/database` of a database URL: the parts that may be shown. */
export function describeDatabase(url: string): string {
  return `${parseConnection(url).user}@${placeOfDatabase(url)}`;
}

/** `host:port/database` of a database URL. */
export function placeOfDatabase(url: string): string {
  const { host, port, database } = parseConnection(url);
  return `${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;
}

/** Whether two URLs lead to one database, whatever their user, password and encryption. One that cannot be read leads nowhere. */
export function isSameDatabase(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return placeOfDatabase(one) === placeOfDatabase(other);
  } catch (error) {
    // The state may hold one that an earlier version took.
    if (error instanceof ConnectionStringError) return false;
    throw error;
  }
}

/** libpq's rules of sslmode and the system's root certificates. */
function sslModeOf(given: string | undefined, rootCert: string | undefined): Connection["sslMode"] {
  if (rootCert !== "system") return (given ?? "prefer") as Connection["sslMode"];
  if (given === undefined || given === "verify-full") return "verify-full";
  throw new ConnectionStringError(
    "sslmode=verify-full with sslrootcert=system",
    `sslmode=${given}`,
    "write sslmode=verify-full, since anybody can get a certificate from a public authority",
  );
}

function parseUrl(text: string): URL {
  // A URL parser removes these silently; other drivers do not.
  if (/[\s\p{Cc}]/u.test(text))
    throw malformed("postgres://user:password@host:port/database", "a blank or a line break in it");
  // With several ports no URL parser takes it.
  if (/^postgres(ql)?:\/\/([^/?#]*@)?[^/?#@]*,/.test(text))
    throw new ConnectionStringError("one host", "a list of hosts", oneHostRemedy);
  const url = URL.parse(text);
  // To a URL parser capitals are the same; psql and Dapr's driver then read no URL.
  if (url === null || !/^postgres(ql)?:\/\//.test(text)) throw malformed();
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(text)?.[1] ?? "";
  // libpq ends the password at the first @, a URL parser at the last.
  if (authority.split("@").length > 2) throw malformed();
  // To libpq # is a character like others, to a URL parser it ends the query.
  if (text.includes("#")) throw malformed("# written as %23", "it as it is");
  return url;
}

function readQuery(search: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of search
    .slice(1)
    .split("&")
    .filter((each) => each !== "")) {
    const at = pair.indexOf("=");
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? "" : pair.slice(at + 1);
    if (query.has(name))
      throw new ConnectionStringError(`${shownName(name)} once`, "it twice", "remove one: drivers differ");
    if (value.includes("+"))
      throw new ConnectionStringError(
        `${shownName(name)} without a bare +`,
        "one that drivers read differently",
        "write %20 for a blank, %2B for a plus",
      );
    query.set(name, decoded(value));
  }
  return query;
}

function checkParameter(name: string, value: string): void {
  const rule = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (rule === undefined) {
    const meant = nearest(name, Object.keys(parameters));
    throw new ConnectionStringError(
      "parameters of libpq's",
      shownName(name),
      meant === undefined ? "remove it" : `did you mean ${meant}?`,
    );
  }
  if ("remedy" in rule)
    throw new ConnectionStringError(
      "parameters that the program, psql, Dapr and mesh-six's services all follow",
      name,
      rule.remedy,
    );
  if (value === "") throw new ConnectionStringError(`a value of ${name}`, "none", "write one, or remove it");
  const expected = rule.expected?.(value);
  if (expected === undefined) return;
  const got = /^[\w.-]{1,20}$/.test(value) ? value : "another value";
  throw new ConnectionStringError(`${name} ${expected}`, got, "correct it");
}

/** A misplaced password could stand where a name is expected. */
function shownName(name: string): string {
  return /^[A-Za-z_]{1,30}$/.test(name) ? name : "one of another kind";
}

function decoded(part: string): string {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes("\0")) return text;
  } catch {
    // Said below.
  }
  throw malformed();
}

/** The parser's own error carries the whole URL, password and all, so it goes no further. */
function malformed(
  expected = "postgres://user:password@host:port/database",
  got = "something else",
): ConnectionStringError {
  return new ConnectionStringError(expected, got, "percent-encode user and password");
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: string });
}
