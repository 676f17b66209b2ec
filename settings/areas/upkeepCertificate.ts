import { readFileSync } from "node:fs";
import { ConnectionStringError, parseConnection } from "../../lib/postgres/connection.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { problem, setCommand } from "../problems.ts";
import type { Values } from "../read.ts";

const pem = /-----BEGIN (TRUSTED )?CERTIFICATE-----/;

/**
 * The root certificate, as PEM text, that the upkeep's CronJob is given: the one of its own setting, else the file
 * that `sslrootcert` names in databaseUrl.
 *
 * @returns undefined where neither names one: the CronJob then goes by the authorities of its image
 * @throws Error when the file cannot be read or holds no certificate
 */
export function readUpkeepCertificate(values: Values): string | undefined {
  const { path, content } = named(values);
  if (content !== undefined) return content;
  if (path === undefined) return undefined;
  const text = readFileSync(path, "utf8");
  if (!pem.test(text)) throw new Error("a file without a certificate in PEM");
  return text;
}

/** Says what is wrong with the certificate, before anything is declared with it. */
export function checkUpkeepCertificate(values: Values, problems: Problem[]): void {
  if (!values.eventUpkeep) return;
  try {
    readUpkeepCertificate(values);
  } catch (error) {
    // Said of databaseUrl itself.
    if (error instanceof ConnectionStringError) return;
    const own = values.eventUpkeepRootCertificate !== "";
    problems.push(
      problem(
        own ? "eventUpkeepRootCertificate" : "databaseUrl",
        own ? "a readable file of certificates in PEM, or their text" : "sslrootcert to name a readable file",
        (error as Error).message,
        own
          ? setCommand(["eventUpkeepRootCertificate"], "FILE", false)
          : setCommand(["databaseUrl"], "", true),
      ),
    );
  }
}

function named(values: Values): { readonly path?: string; readonly content?: string } {
  const given = values.eventUpkeepRootCertificate;
  if (pem.test(given)) return { content: given };
  if (given !== "") return { path: given };
  if (values.databaseMode === "managed") return {};
  const { sslRootCert, sslMode } = parseConnection(values.databaseUrl);
  const verifies = /^(require|verify-)/.test(sslMode);
  return sslRootCert === undefined || sslRootCert === "system" || !verifies ? {} : { path: sslRootCert };
}
