import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import type { Connection } from "./connection.ts";
import { ProblemError } from "../text/problem.ts";

/** The encryption of one attempt to connect, in the words of Node's driver. */
export type Encryption = false | tls.ConnectionOptions;

/**
 * The ways to connect that an sslmode allows, in libpq's order: the next one is tried where the server refuses the
 * one before.
 *
 * A root certificate is what `sslrootcert` names, else `root.crt` in the home's `.postgresql`. With one, `require` is
 * `verify-ca`. Without one `verify-ca` and `verify-full` go by the authorities that Node and the system trust, as the
 * drivers in the cluster and the official plugin do; libpq alone refuses that.
 *
 * @param rootCertificate - PEM text that counts instead of the one the connection names
 * @throws Error when the file that `sslrootcert` names cannot be read
 */
export function encryptions(connection: Connection, rootCertificate?: string): readonly Encryption[] {
  const unverified = { rejectUnauthorized: false };
  // A Unix socket is never encrypted.
  if (connection.host.startsWith("/")) return [false];
  switch (connection.sslMode) {
    case "disable":
      return [false];
    case "allow":
      return [false, unverified];
    case "prefer":
      return [unverified, false];
    case "require": {
      const ca = rootCertificate ?? namedRoot(connection) ?? homeRoot();
      return [ca === undefined ? unverified : ofAuthority(ca)];
    }
    case "verify-ca":
      return [ofAuthority(root(connection, rootCertificate))];
    case "verify-full":
      return [{ ca: root(connection, rootCertificate) }];
  }
}

/** Verifies the chain of certificates and not the server's name. */
function ofAuthority(ca: string | string[]): tls.ConnectionOptions {
  return { ca, checkServerIdentity: () => undefined };
}

function root(connection: Connection, given: string | undefined): string | string[] {
  return (
    given ??
    namedRoot(connection) ??
    homeRoot() ?? [...tls.getCACertificates("default"), ...tls.getCACertificates("system")]
  );
}

function namedRoot({ sslRootCert }: Connection): string | string[] | undefined {
  if (sslRootCert === undefined) return undefined;
  return sslRootCert === "system" ? tls.getCACertificates("system") : readRootCertificate(sslRootCert);
}

/** @throws Error when the file that `sslrootcert` names cannot be read */
export function readRootCertificate(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ProblemError(
      {
        said: `database URL: expected sslrootcert to be a readable file, got ${(cause as Error).message}`,
        remedy: "correct the setting",
      },
      { cause },
    );
  }
}

function homeRoot(): string | undefined {
  const path = join(homedir(), ".postgresql", "root.crt");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
