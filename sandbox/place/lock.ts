import { lock } from "../../lib/process/lock.mjs";
import { prepareDirectory, type SandboxDirectory } from "./directory.ts";

/** Runs `action` while no other command changes the same sandbox; a second command waits and names whom it waits for. */
export async function withLock<T>(
  directory: SandboxDirectory,
  command: string,
  say: (line: string) => void,
  action: () => Promise<T>,
): Promise<T> {
  prepareDirectory(directory);
  const since = new Date().toTimeString().slice(0, 8);
  let said = false;
  const release = await lock(directory.lock, {
    about: `"npm run sandbox -- ${command}" (process ${String(process.pid)}, since ${since})`,
    waiting: ({ pid, about = `process ${String(pid)}` }) => {
      if (said) return;
      said = true;
      say(`Waiting for ${about}, which works on ${directory.root}…`);
    },
  });
  try {
    // A `reset` that was waited for has removed it.
    prepareDirectory(directory);
    return await action();
  } finally {
    release();
  }
}
