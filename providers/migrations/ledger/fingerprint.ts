import { hash } from "node:crypto";
import type pg from "pg";
import type { MigrationFiles } from "../files/files.ts";
import { isMissingTable, ledgerTable } from "./ledger.ts";
import { explained } from "../run/sqlError.ts";

// A hash of the names and digests of all files in one text: a thousand rows travel as one. The digest of a file that is
// not finished, or of which the application's runner does not know, is left out, so that the hash fits no files;
// were its table without names, the bare word would be that of the ledger.
const ofLedger = `SELECT encode(sha256(convert_to(string_agg(name || ' ' || CASE
  WHEN applied_at IS NOT NULL AND name IN (SELECT known.name FROM _migrations AS known) THEN digest ELSE '' END || E'\\n',
  '' ORDER BY name COLLATE "C"), 'UTF8')), 'hex') AS fingerprint FROM ${ledgerTable}`;

/** The fingerprint of the files the database is converged on, in one round trip; undefined where there are no ledgers. */
export async function fingerprintOfDatabase(client: pg.Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ fingerprint: string | null }>(ofLedger);
    return rows[0]?.fingerprint ?? undefined;
  } catch (error) {
    if (isMissingTable(error)) return undefined;
    throw explained(error);
  }
}

/** The fingerprint of a database that is converged on these files; undefined when there can be none. */
export function fingerprintOfFiles({ migrations, problems }: MigrationFiles): string | undefined {
  if (problems.length > 0) return undefined;
  // If the names have no fault, the order of their numbers is that of COLLATE "C": they are ASCII.
  return hash("sha256", migrations.map(({ name, digest }) => `${name} ${digest}\n`).join(""));
}
