import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Names the folder in which a command collects reports; the engine hands the variable on to the providers. */
const variable = "MESH_SIX_REPORTS";

/** A finding of a provider or the program, for the command that runs the engine. */
export interface Report<Data> {
  /** The thing found, unique within its kind, as in `db.example:5432/mesh_six`. */
  readonly subject: string;
  readonly data: Data;
}

/** Whether a command asked for reports. */
export function isReportWanted(): boolean {
  return (process.env[variable] ?? "") !== "";
}

/**
 * Hands data from the program, or from a provider, which runs in a process of the engine's, to the command that asked
 * for it; does nothing where none did. A later report of the same kind and subject takes the place of an earlier one.
 *
 * @param kind - of the data, as in `migrations`: the reader knows its type by it
 * @param data - becomes JSON; never a secret
 */
export function writeReport(kind: string, subject: string, data: unknown): void {
  const folder = process.env[variable];
  if (folder === undefined || folder === "") return;
  const name = `${kind}.${createHash("sha256").update(subject).digest("hex").slice(0, 16)}`;
  const draft = join(folder, `.${name}.${process.pid}`);
  writeFileSync(draft, JSON.stringify({ subject, data }), { mode: 0o600 });
  renameSync(draft, join(folder, `${name}.json`));
}

/** The reports of one operation. */
export interface Reports {
  /** For the environment of the engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** All of one kind, in no order. */
  readonly read: <Data>(kind: string) => Report<Data>[];
  /** Removes them; a later operation of this process reports to nobody. */
  readonly close: () => void;
}

/** A place for the reports of one operation, which only this user can read. */
export function collectReports(): Reports {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-reports-"));
  return {
    environment: { [variable]: folder },
    read: <Data>(kind: string) =>
      readdirSync(folder)
        .filter((name) => name.startsWith(`${kind}.`) && name.endsWith(".json"))
        .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Report<Data>),
    close: () => {
      if (process.env[variable] === folder) delete process.env[variable];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
