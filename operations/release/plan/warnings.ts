import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { inTemporaryFolder } from "../../../lib/process/temporaryFolder.ts";
import { readMigrations } from "../../../providers/migrations/files/files.ts";
import { reviewPlan } from "../../../providers/migrations/review/review.ts";
import type { Warning } from "../../../providers/migrations/review/warnings.ts";

/**
 * Warnings of SQL files for a reviewer, before they run, as of this program's own.
 *
 * @param files - texts by path
 * @returns warnings by path
 */
export async function warningsOf(
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, readonly Warning[]>> {
  if (files.size === 0) return new Map();
  return inTemporaryFolder("mesh-six-review-", async (folder) => {
    for (const [path, sql] of files) writeFileSync(join(folder, basename(path)), sql);
    const { migrations } = readMigrations(folder);
    const plan = { pending: migrations, adopt: [], unannounced: [], interrupted: new Map(), problems: [] };
    const { files: reviewed } = await reviewPlan(plan, "the application's runner applies them");
    const byName = new Map(reviewed.map(({ name, warnings }) => [name, warnings]));
    return new Map([...files.keys()].map((path) => [path, byName.get(basename(path)) ?? []]));
  });
}
