/** The emulator as a process: `node sandbox/emulators/github/server.ts CONFIG`, where CONFIG is a JSON file of GithubSettings. */
import { readFileSync } from "node:fs";
import { startGithub, type GithubSettings } from "./emulator.ts";

const [path] = process.argv.slice(2);
try {
  if (path === undefined) throw new Error("server.ts expects the path of a JSON file with its settings.");
  const github = await startGithub(JSON.parse(readFileSync(path, "utf8")) as GithubSettings);
  process.stdout.write(`GitHub emulator listens on ${github.url}\n`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void github.close().then(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`GitHub emulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
