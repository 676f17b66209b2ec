import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareDirectory, type SandboxDirectory } from "./directory.ts";
import { readJson, writeJson } from "./files.ts";

interface Holder {
  readonly pid: number;
  readonly command: string;
  readonly since: string;
}

/**
 * Runs `action` while no other command changes the same sandbox; a second command waits and names whom it waits for.
 *
 * The lock is SQLite's on an empty database: the kernel gives it back when its holder dies, however it dies, so
 * there is no stale lock to judge.
 */
export async function withLock<T>(
  directory: SandboxDirectory,
  command: string,
  say: (line: string) => void,
  action: () => Promise<T>,
): Promise<T> {
  prepareDirectory(directory);
  const holderFile = `${directory.lock}.holder`;
  const database = new DatabaseSync(directory.lock);
  try {
    let said = false;
    while (!acquired(database)) {
      const holder = readJson<Holder>(holderFile);
      // The holder writes its name just after it got the lock: give it that moment.
      if (!said && holder) {
        said = true;
        say(
          `Waiting for "${holder.command}" (process ${String(holder.pid)}, since ${holder.since}), which works on ${directory.root}…`,
        );
      }
      await sleep(150);
    }
    const since = new Date().toTimeString().slice(0, 8);
    writeJson(holderFile, {
      pid: process.pid,
      command: `npm run sandbox -- ${command}`,
      since,
    } satisfies Holder);
    return await action();
  } finally {
    database.close();
  }
}

function acquired(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
