import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { SandboxDirectory } from "./directory.ts";

/** Removes everything of a sandbox that is stopped, by the command that holds its lock. */
export function removeSandbox({ root, lock, mark }: SandboxDirectory): void {
  const removed = join(root, "removed");
  rmSync(removed, { recursive: true, force: true });
  mkdirSync(removed);
  // All of it is put aside first: killed in the middle, this leaves no state without its cluster, and no database
  // without its password, to be taken for a sandbox.
  for (const name of readdirSync(root)) {
    const stays = [removed, mark].some((path) => basename(path) === name) || name.startsWith(basename(lock));
    if (!stays) renameSync(join(root, name), join(removed, name));
  }
  rmSync(removed, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
}
