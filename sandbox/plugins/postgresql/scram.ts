import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const ITERATIONS = 4096;

/**
 * The verifier PostgreSQL stores for a password (RFC 5803): sent instead of the password, so that no log of the
 * server can ever show it.
 */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = ITERATIONS): string {
  // SASLprep leaves ASCII alone; PostgreSQL, too, takes what it cannot prepare as it is.
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const server = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}

/** Whether a stored verifier is this password's; undefined when it is of another kind, such as md5. */
export function verifies(verifier: string, password: string): boolean | undefined {
  const match = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier);
  if (!match) return undefined;
  const [, iterations, salt = ""] = match;
  const own = Buffer.from(scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations)));
  const stored = Buffer.from(verifier);
  return own.length === stored.length && timingSafeEqual(own, stored);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
