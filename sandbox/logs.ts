import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { suggestion, UsageError } from "./arguments.ts";
import type { SandboxDirectory } from "./directory.ts";

/** Prints the logs of all services or of the named ones; with `follow` also what comes. */
export async function showLogs(
  directory: SandboxDirectory,
  services: readonly string[],
  follow: boolean,
): Promise<number> {
  const there = existsSync(directory.logs)
    ? readdirSync(directory.logs).map((file) => basename(file, ".log"))
    : [];
  for (const service of services) {
    if (!there.includes(service))
      throw new UsageError(`There is no log of "${service}"${suggestion(service, there)}.`);
  }
  const wanted = services.length > 0 ? services : there;
  if (wanted.length === 0) {
    process.stderr.write('There are no logs yet: run "npm run sandbox" first.\n');
    return 1;
  }
  if (follow) {
    const tail = spawn("tail", ["-n", "20", "-F", ...wanted.map((service) => directory.log(service))], {
      stdio: "inherit",
    });
    await new Promise((resolve) => tail.once("exit", resolve));
    return 0;
  }
  for (const service of wanted) {
    if (wanted.length > 1) process.stdout.write(`==> ${service} <==\n`);
    process.stdout.write(readFileSync(directory.log(service), "utf8"));
  }
  return 0;
}
