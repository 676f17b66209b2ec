import pg from "pg";
import type { OperationReport } from "./operations.ts";
import { administrator } from "./services/postgres.ts";
import type { Session } from "./session.ts";

/**
 * Clears the own server of what changes of the schema left behind in its catalogs. Else the reading of the next preview
 * would do it, and the log's position would not tell that a preview writes nothing.
 */
export async function vacuumOwnServer(session: Session, reports: readonly OperationReport[]): Promise<void> {
  const port = session.ports.remembered("postgres");
  if (session.credentials.existing.databaseUrl !== undefined || port === undefined) return;
  const changed = reports.some(
    (report) =>
      report.kind === "resource" &&
      report.phase === "end" &&
      report.operation !== "same" &&
      /:(Migrations|EventPartitions)$/.test(report.type),
  );
  if (!changed) return;
  const login = administrator({ credentials: session.credentials, port: () => port });
  const vacuum = async (database: string): Promise<string[]> => {
    const client = new pg.Client({ ...login, database, connectionTimeoutMillis: 3_000 });
    try {
      await client.connect();
      // In that order: what is analysed leaves old statistics behind.
      for (const command of ["ANALYZE", "VACUUM"]) await client.query(command);
      const { rows } = await client.query<{ datname: string }>(
        "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> current_database()",
      );
      return rows.map(({ datname }) => datname);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  for (const database of await vacuum(login.database)) await vacuum(database);
}
