import type { Migration } from "./files.ts";
import { announce, recordFinished } from "./ledger.ts";
import type { Run } from "./run.ts";

/** Stub until the comparison is written. */
export async function adopt(run: Run, known: readonly Migration[]): Promise<void> {
  for (const migration of known) await run.client.query(recordFinished(migration, "adopted"));
  await run.client.query(
    announce(
      run.applicationSchema,
      known.map((m) => m.name),
    ),
  );
}
