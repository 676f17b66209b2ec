import "reflect-metadata";
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { subjects } from "./certificates.ts";
import type { SandboxDirectory } from "./directory.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const years = 10;

/**
 * Makes an authority and one certificate per subject; the authority's key is not kept, so nothing more can
 * be issued in its name.
 */
export async function issueCertificates(directory: SandboxDirectory): Promise<void> {
  const half = `${directory.certificates}.half`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  const write = (file: string, content: string) => {
    writeFileSync(join(half, file), content, { mode: 0o600 });
  };

  const notBefore = new Date(Date.now() - 3_600_000);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + years);
  const common = { notBefore, notAfter, signingAlgorithm: algorithm };

  const authorityKeys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: serialNumber(),
    name: "CN=mesh-six-sandbox",
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  write("ca.crt", `${authority.toString("pem")}\n`);

  for (const [file, subject] of Object.entries(subjects)) {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...common,
      serialNumber: serialNumber(),
      subject: subject.name,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        // The API server shows etcd the certificate by which etcd serves: both usages.
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.clientAuth,
          ...(subject.serves ? [x509.ExtendedKeyUsage.serverAuth] : []),
        ]),
        ...(subject.serves ? [serverNames()] : []),
      ],
    });
    write(`${file}.crt`, `${certificate.toString("pem")}\n`);
    const exported = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    write(`${file}.key`, x509.PemConverter.encode(exported, "PRIVATE KEY") + "\n");
  }

  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  write("service-account.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write("service-account.pub", publicKey.export({ type: "spki", format: "pem" }).toString());

  rmSync(directory.certificates, { recursive: true, force: true });
  renameSync(half, directory.certificates);
}

function newKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function serialNumber(): string {
  // A positive number of at most 20 octets (RFC 5280): the highest bit stays clear.
  return `01${randomBytes(15).toString("hex")}`;
}

function serverNames() {
  return new x509.SubjectAlternativeNameExtension([
    { type: "ip", value: "127.0.0.1" },
    { type: "dns", value: "localhost" },
    { type: "dns", value: "kubernetes.default.svc" },
  ]);
}
