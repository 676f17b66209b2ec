import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The one whose types the template names; installed for the test alone, since it is a hundred megabytes. */
const version = "1.4.5";

/**
 * Installs Bun from npm into a folder.
 *
 * @returns the folder of its command
 * @throws Error when the registry cannot be reached or has none for this machine
 */
export async function installBun(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const args = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefix",
    folder,
    `bun@${version}`,
  ];
  await run("npm", args, { cwd: folder });
  // The package's own command is put in place by its install script, which runs only where npm allows it.
  const [command] = globSync(join(folder, "node_modules/@oven/*/bin/bun"));
  if (command === undefined) throw new Error(`npm has no Bun for ${process.platform} ${process.arch}`);
  return join(command, "..");
}
