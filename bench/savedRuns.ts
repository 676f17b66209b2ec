import { appendFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { lastWords, runGit } from "../lib/process/git.ts";
import type { Reported } from "./report.ts";

const root = join(import.meta.dirname, "..");

/** Below the project's folder: one run a line, as JSON. */
export const historyFile = "bench/history.jsonl";

/** Adds a run to the history: when it was, of which commit, on which machine, and its figures. */
export async function saveRun(measurements: readonly Reported[]): Promise<void> {
  const run = { date: new Date().toISOString(), ...(await commit()), machine: machine(), measurements };
  await appendFile(join(root, historyFile), `${JSON.stringify(run)}\n`);
}

/** The commit that is checked out; `changed` where files differ from it. */
async function commit(): Promise<{ readonly commit: string; readonly changed: boolean }> {
  const [head, status] = await Promise.all([
    runGit(["rev-parse", "HEAD"], { cwd: root }),
    runGit(["status", "--porcelain", "--", ".", `:!${historyFile}`], { cwd: root }),
  ]);
  if (head.code !== 0) throw new Error(`expected a git checkout, got: ${lastWords(head)}`);
  return { commit: head.stdout.trim(), changed: status.stdout.trim() !== "" };
}

/** The machine that the times depend on. `memory` in GB. */
function machine() {
  const cores = cpus();
  return {
    platform: `${platform()} ${arch()}`,
    processor: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memory: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}
