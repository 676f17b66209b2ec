import tls from "node:tls";
import { parseConnection } from "../../../lib/postgres/connection.ts";
import { errorCode, UnreachableDatabaseError, withClient } from "../../../lib/postgres/postgres.ts";
import { loginUrl } from "../../../preflight/database.ts";
import type { Settings } from "../../../settings/settings.ts";
import { type Finding, fail, pass, skipped, warn } from "../examination.ts";

/**
 * Whether the upkeep's CronJob can verify the server's certificate: it runs in an image of its own, in which no file
 * of this machine is, and fails at night where this machine's sessions pass.
 */
export async function lookAtUpkeepCertificate(settings: Settings): Promise<Finding> {
  const { upkeep } = settings.eventLog;
  if (upkeep === undefined) return skipped("mesh-six:eventUpkeep is false");
  const login = settings.inPlain().database;
  const url = loginUrl(login);
  const { sslMode, sslRootCert } = parseConnection(url);
  const { rootCertificate } = upkeep;
  const verifies = sslMode.startsWith("verify-") || (sslMode === "require" && rootCertificate !== undefined);
  if (!verifies) return skipped(`sslmode ${sslMode} verifies no certificate`);
  const remedy = "pulumi config set mesh-six:eventUpkeepRootCertificate FILE";
  try {
    // The image's authorities are the public ones, which Node brings along too; not those of this machine.
    await withClient(
      url,
      {
        applicationName: "mesh-six-infra doctor",
        readOnly: true,
        rootCertificate: rootCertificate ?? tls.rootCertificates.join("\n"),
      },
      (client) => client.query("SELECT 1"),
    );
  } catch (error) {
    if (!(error instanceof UnreachableDatabaseError) || !isOfCertificate(errorCode(error.cause))) throw error;
    const got = (error.cause as Error).message;
    return rootCertificate === undefined
      ? fail(
          `upkeep's CronJob: expected the server's certificate to be a public authority's, the only ones that ${upkeep.image} knows, got: ${got}`,
          remedy,
        )
      : fail(`upkeep's CronJob: expected its certificate to verify the server's, got: ${got}`, remedy);
  }
  if (sslRootCert !== undefined && sslRootCert !== "system")
    return warn(
      `postgres-secret: expected sslrootcert to be a file that Pods have, got ${sslRootCert} of this machine, which services and Dapr look for in theirs`,
      "put that file into their images or volumes, or use a certificate of a public authority and sslrootcert=system",
    );
  return pass(
    rootCertificate === undefined
      ? "verifies the server by the public authorities of its image"
      : "verifies the server by the certificate it is given",
  );
}

function isOfCertificate(code: string): boolean {
  return /CERT|SIGNATURE|ISSUER/.test(code);
}
