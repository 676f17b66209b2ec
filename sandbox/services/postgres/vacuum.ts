import type { OperationReport } from "../../engine/operations.ts";
import { asAdministrator } from "./postgres.ts";
import type { Sandbox } from "../../place/sandbox.ts";

/**
 * Clears the own server of what changes of the schema left behind in its catalogs. Else the reading of the next preview
 * would do it, and the log's position would not tell that a preview writes nothing.
 */
export async function vacuumOwnServer(sandbox: Sandbox, reports: readonly OperationReport[]): Promise<void> {
  const port = sandbox.ports.remembered("postgres");
  if (sandbox.credentials.existing.databaseUrl !== undefined || port === undefined) return;
  const changed = reports.some(
    (report) =>
      report.kind === "resource" &&
      report.phase === "end" &&
      report.operation !== "same" &&
      /:(Migrations|EventPartitions)$/.test(report.type),
  );
  if (!changed) return;
  const context = { credentials: sandbox.credentials, port: () => port };
  const vacuum = (database: string): Promise<string[]> =>
    asAdministrator(context, { database, connectTimeout: 3_000 }, async (client) => {
      // In that order: what is analysed leaves old statistics behind.
      for (const command of ["ANALYZE", "VACUUM"]) await client.query(command);
      const { rows } = await client.query<{ datname: string }>(
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> current_database()",
      );
      return rows.map(({ datname }) => datname);
    });
  for (const database of await vacuum("postgres")) await vacuum(database);
}
