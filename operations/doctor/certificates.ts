import process from "node:process";
import tls from "node:tls";
import { type Finding, pass, warn } from "./examination.ts";

/** The authorities that Node counts besides its own, and those of the system's store. */
export interface Authorities {
  readonly extra: readonly string[];
  readonly system: readonly string[];
}

/** Whether this program and Pulumi's plugins trust the same authorities: each reads other variables. */
export function lookAtCertificates(
  environment: NodeJS.ProcessEnv = process.env,
  read: () => Authorities = () => ({
    extra: tls.getCACertificates("extra"),
    system: tls.getCACertificates("system"),
  }),
): Finding {
  const file = environment["NODE_EXTRA_CA_CERTS"];
  if (!file) return pass("those of the system");
  const { extra, system } = read();
  const known = new Set(system.map(bare));
  const missing = extra.filter((one) => !known.has(bare(one))).length;
  if (missing === 0) return pass(`those of the system, which holds ${file} too`);
  return warn(
    `NODE_EXTRA_CA_CERTS: expected its authorities in the system's store too, got ${missing} that only Node knows`,
    `Pulumi's plugins do not read that variable: name the file in SSL_CERT_FILE, or add it to the system's store`,
  );
}

/** A certificate without its line ends, which differ from store to store. */
function bare(certificate: string): string {
  return certificate.replaceAll(/\s+/g, "");
}
