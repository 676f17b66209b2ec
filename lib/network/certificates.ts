import tls from "node:tls";
import type { Problem } from "../text/problem.ts";

/** Codes by which Node refuses a certificate whose authority it does not know. */
const unknownAuthority = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/** Codes by which Node refuses a certificate for any other reason. */
const badCertificate = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
]);

/** Whether the error, or what caused it, is a certificate of an authority that Node does not know. */
export function isUntrusted(error: unknown): boolean {
  return codes(error).some((code) => unknownAuthority.has(code));
}

/**
 * The reason why no connection can be made with the server's certificate, and the remedy; undefined for other errors.
 */
export function certificateProblem(error: unknown): Problem | undefined {
  const code = codes(error).find((each) => unknownAuthority.has(each) || badCertificate.has(each));
  if (code === undefined) return undefined;
  if (badCertificate.has(code))
    return { said: `its certificate is refused (${code})`, remedy: "mend the server's certificate" };
  return {
    said: `its certificate is of an authority that this machine does not know (${code})`,
    remedy:
      "add the authority to the system's store, or name its file in SSL_CERT_FILE, which this program and Pulumi's plugins both read",
  };
}

let trusted = false;

/**
 * From now on the authorities of the system's store count beside Node's own and those of NODE_EXTRA_CA_CERTS.
 * Reading the store takes some ten milliseconds, so it is done only where a certificate was refused.
 *
 * @returns false when that changes nothing any more
 */
export function trustSystem(): boolean {
  // Node 24.0 to 24.4 can read the store but not use it.
  if (trusted || typeof tls.setDefaultCACertificates !== "function") return false;
  trusted = true;
  const system = tls.getCACertificates("system");
  tls.setDefaultCACertificates([...new Set([...tls.getCACertificates("default"), ...system])]);
  return system.length > 0;
}

function codes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as NodeJS.ErrnoException;
  return [...(typeof code === "string" ? [code] : []), ...codes(error.cause)];
}
