import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inTemporaryFolder } from "../../../lib/process/temporaryFolder.ts";
import { upkeepScript } from "../../../providers/partitions/upkeepSql.ts";

/** The reason to skip a test that runs psql; false where psql is there. */
export const withoutPsql =
  spawnSync("psql", ["--version"]).error === undefined ? false : "there is no psql here";

/** Runs the script of the upkeep's CronJob under psql, on the database of the URL. */
export async function upkeepByPsql(url: string, settings: Parameters<typeof upkeepScript>[0]): Promise<void> {
  await inTemporaryFolder("mesh-six-upkeep-", async (folder) => {
    const file = join(folder, "upkeep.sql");
    await writeFile(file, upkeepScript(settings));
    await promisify(execFile)("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", `--file=${file}`, url]);
  });
}
