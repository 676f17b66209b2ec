import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { serverUser } from "../../../sandbox/services/postgres/binary.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** An authority and a certificate of a PostgreSQL server, in a folder of their own. */
export interface DatabaseCertificates {
  /** Files of root certificates: the server's own authority, and one that has nothing to do with it. */
  readonly authority: string;
  readonly stranger: string;
  /** The options after `postgres -c` for serving with the certificate. */
  readonly settings: Readonly<Record<string, string>>;
  remove(): void;
}

/** @param name - the one DNS name that the server's certificate bears */
export async function issueDatabaseCertificates(name: string): Promise<DatabaseCertificates> {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-certificates-"));
  const user = serverUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const write = (file: string, content: string) => {
    const path = join(folder, file);
    writeFileSync(path, content, { mode: 0o600 });
    if (user) chownSync(path, user.uid, user.gid);
    return path;
  };
  const common = {
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
  };
  const selfSigned = (keys: CryptoKeyPair, subject: string) =>
    x509.X509CertificateGenerator.createSelfSigned({
      ...common,
      name: subject,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    });
  const [keys, serverKeys] = [await newKeys(), await newKeys()];
  const authority = await selfSigned(keys.pair, "CN=database authority");
  const stranger = await selfSigned((await newKeys()).pair, "CN=another authority");
  const certificate = await x509.X509CertificateGenerator.create({
    ...common,
    subject: `CN=${name}`,
    issuer: authority.subject,
    publicKey: serverKeys.pair.publicKey,
    signingKey: keys.pair.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  return {
    authority: write("authority.crt", `${authority.toString("pem")}\n`),
    stranger: write("stranger.crt", `${stranger.toString("pem")}\n`),
    settings: {
      ssl: "on",
      ssl_cert_file: write("server.crt", `${certificate.toString("pem")}\n`),
      ssl_key_file: write("server.key", serverKeys.pem),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

async function newKeys(): Promise<{ readonly pair: CryptoKeyPair; readonly pem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const imported = async (format: "pkcs8" | "spki", der: Buffer, use: "sign" | "verify") =>
    webcrypto.subtle.importKey(format, der, algorithm, true, [use]);
  return {
    pem,
    pair: {
      privateKey: await imported("pkcs8", privateKey.export({ type: "pkcs8", format: "der" }), "sign"),
      publicKey: await imported("spki", publicKey.export({ type: "spki", format: "der" }), "verify"),
    },
  };
}
