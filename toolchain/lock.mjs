// A lock that survives its holder: a file naming the process (id and start time) that holds it, which the next
// process breaks when that one is gone. Plain JavaScript, since start.mjs needs it on Node 20 as well.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";

/** A holder on another machine or in another container cannot be asked for: silence this long means it is gone. */
const silenceOfADeadHolder = 120_000;
const heartbeat = 10_000;

/**
 * When the process started, in the words of the operating system (comparable only with itself), or undefined
 * when there is no such process. Process ids are used again; id and start together are not.
 */
export function processStart(pid) {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // A zombie only waits for its parent to read its exit code: nothing of it runs any more.
      return state === "Z" || state === "X" ? undefined : fields[18];
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Waits for the lock and takes it.
 * @param path the lock's file; its folder is made when missing
 * @param options.waiting called at once and then every ten seconds while somebody else holds it
 * @param options.signal ends the waiting when aborted
 * @returns a function that gives it back
 */
export async function lock(path, { waiting, signal } = {}) {
  const id = randomUUID();
  const own = { pid: process.pid, start: processStart(process.pid), host: hostname(), id };
  // Written first and linked after: nobody ever reads half a lock.
  const token = `${path}.${id}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(token, JSON.stringify(own));
  } catch (cause) {
    throw new Error(
      `The cache folder cannot be written (${cause.message}): make room and rights for it, or set XDG_CACHE_HOME to a folder that can be.`,
      { cause },
    );
  }
  try {
    const since = Date.now();
    let next = since;
    while (!link(token, path)) {
      const holder = read(path);
      if (holder === undefined) continue;
      if (gone(path, holder)) {
        await breakStale(path);
        continue;
      }
      signal?.throwIfAborted();
      if (Date.now() >= next) {
        waiting?.(holder.pid, Date.now() - since);
        next += 10_000;
      }
      await sleep(250);
    }
  } finally {
    rmSync(token, { force: true });
  }
  const beat = setInterval(() => touch(path), heartbeat);
  beat.unref();
  return () => {
    clearInterval(beat);
    // After a long sleep of the machine somebody elsewhere may have broken it and hold it now.
    if (read(path)?.id === id) rmSync(path, { force: true });
  };
}

/** Only the holder of the lock on breaking removes a stale lock, after a second look: two breakers never meet. */
async function breakStale(path) {
  const release = await lock(`${path}.break`);
  try {
    const holder = read(path);
    if (holder !== undefined && gone(path, holder)) rmSync(path, { force: true });
  } finally {
    release();
  }
}

function gone(path, holder) {
  if (holder.host === hostname()) return processStart(holder.pid) !== holder.start;
  try {
    return Date.now() - statSync(path).mtimeMs > silenceOfADeadHolder;
  } catch {
    return false;
  }
}

function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function read(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    // Not written by this program (or cut short by a full disk): held by nobody.
    return { pid: 0, start: "", host: hostname() };
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Removed by hand; giving it back copes with that too.
  }
}
