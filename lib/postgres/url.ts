import { percentEncoded } from "../text/percentEncoded.ts";
import { parseConnection } from "./connection.ts";

/** TLS to the server, in libpq's words. */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** The server, database and user of a connection, and its encryption. */
export interface DatabaseAddress {
  /** Name, IPv4 address, or IPv6 address with or without brackets. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode?: SslMode;
}

/** `postgresql://user:password@host:port/name?sslmode=…`, every part percent-encoded. */
export function databaseUrl(address: DatabaseAddress): string {
  const { host, port, name, user, password, sslMode } = address;
  const authority = `${percentEncoded(user)}:${percentEncoded(password)}@${bracketed(host)}:${port}`;
  const query = sslMode === undefined ? "" : `?sslmode=${sslMode}`;
  return `postgresql://${authority}/${percentEncoded(name)}${query}`;
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/**
 * The URL as mesh-six's services and Dapr are given it: the same text, unless it has parts in its query that belong
 * before it (`?dbname=…`), or `sslrootcert=system`. Node's driver takes those for nothing or for the name of a file;
 * without it both drivers verify by the system's authorities too.
 *
 * @throws ConnectionStringError
 */
export function urlForServices(text: string): string {
  const { host, port, database, user, password, sslMode } = parseConnection(text);
  const at = text.indexOf("?");
  const pairs = at === -1 ? [] : text.slice(at + 1).split("&");
  const moved = /^(host|port|dbname|user|password)=|^sslrootcert=system$/;
  const others = pairs.filter((pair) => !moved.test(decodeURIComponent(pair)));
  if (others.length === pairs.length) return text;
  if (!others.some((pair) => pair.startsWith("sslmode="))) others.unshift(`sslmode=${sslMode}`);
  return `${databaseUrl({ host, port, name: database, user, password })}?${others.join("&")}`;
}
