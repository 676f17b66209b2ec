import { percentEncoded } from "../text/percentEncoded.ts";

/** TLS to the server, in libpq's words. */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

/** Who is connected to, where, and how. */
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
