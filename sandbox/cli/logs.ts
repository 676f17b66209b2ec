import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { suggestion, UsageError } from "../../lib/cli/commandLine.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import type { Screen } from "./screen.ts";

/** Prints the logs of all services or of the named ones; with `follow` also what comes. */
export async function showLogs(
  directory: SandboxDirectory,
  screen: Screen,
  services: readonly string[],
  follow: boolean,
): Promise<number> {
  const there = existsSync(directory.logs)
    ? readdirSync(directory.logs).map((file) => basename(file, ".log"))
    : [];
  if (follow && screen.json) throw new UsageError("--follow has no end, so it does not go with --json.");
  for (const service of services) {
    if (!there.includes(service))
      throw new UsageError(
        `There is no log of "${service}"${there.length > 0 ? suggestion(service, there) : "; there are none yet"}.`,
      );
  }
  if (there.length === 0) throw new Error('There are no logs yet: run "npm run sandbox" first.');
  const wanted = services.length > 0 ? services : there;
  if (follow) {
    const tail = spawn("tail", ["-n", "20", "-F", ...wanted.map((service) => directory.log(service))], {
      stdio: "inherit",
    });
    await new Promise((resolve) => tail.once("exit", resolve));
    return 0;
  }
  const read = (service: string) => readFileSync(directory.log(service), "utf8");
  screen.document(Object.fromEntries(wanted.map((service) => [service, read(service)])));
  if (screen.json) return 0;
  for (const service of wanted) {
    if (wanted.length > 1) process.stdout.write(`==> ${service} <==\n`);
    process.stdout.write(read(service));
  }
  return 0;
}
