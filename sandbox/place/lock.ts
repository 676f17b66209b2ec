import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareDirectory, type SandboxDirectory } from "./directory.ts";
import { readJson, writeJson } from "../../lib/process/files.ts";
import { startTime } from "../../lib/process/processTable.ts";

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
  const database = await take(directory, say);
  try {
    const since = new Date().toTimeString().slice(0, 8);
    writeJson(holderFile(directory), {
      pid: process.pid,
      command: `npm run sandbox -- ${command}`,
      since,
    } satisfies Holder);
    return await action();
  } finally {
    database.close();
  }
}

async function take(directory: SandboxDirectory, say: (line: string) => void): Promise<DatabaseSync> {
  let said = false;
  for (;;) {
    prepareDirectory(directory);
    const database = new DatabaseSync(directory.lock);
    const opened = inode(directory.lock);
    // By a `reset` that was waited for: what counts is the file that lies there now.
    const removed = () => opened === undefined || inode(directory.lock) !== opened;
    while (!removed() && !acquired(database, removed)) {
      const holder = readJson<Holder>(holderFile(directory));
      // The holder writes its name just after it got the lock; until then there is the name of the one before.
      if (!said && holder && startTime(holder.pid) !== undefined) {
        said = true;
        say(
          `Waiting for "${holder.command}" (process ${String(holder.pid)}, since ${holder.since}), which works on ${directory.root}…`,
        );
      }
      await sleep(150);
    }
    if (!removed()) return database;
    database.close();
  }
}

function holderFile(directory: SandboxDirectory): string {
  return `${directory.lock}.holder`;
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function acquired(database: DatabaseSync, removed: () => boolean): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY || removed()) return false;
    throw error;
  }
}
