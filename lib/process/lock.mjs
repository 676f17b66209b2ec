// A lock that survives its holder: a file naming the process (id and start time) that holds it, which the next
// process breaks when that one is gone. Plain JavaScript: start.mjs needs it on Node 20 as well.
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { processStart } from "./processStart.mjs";

/** A holder on another machine or in another container cannot be asked for: silence this long means it is gone. */
const silenceOfADeadHolder = 120_000;
const heartbeat = 10_000;

/** Waits for the lock and takes it: see lock.d.mts. */
export async function lock(path, { waiting, signal, about } = {}) {
  const id = randomUUID();
  const own = { pid: process.pid, start: processStart(process.pid), host: hostname(), id, about };
  // Written first and linked after: nobody ever reads half a lock.
  const token = `${path}.${id}`;
  const prepare = () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(token, JSON.stringify(own));
  };
  prepare();
  try {
    const since = Date.now();
    let next = since;
    while (!link(token, path, prepare)) {
      const holder = read(path);
      if (holder === undefined) continue;
      if (gone(path, holder)) {
        await breakStale(path);
        continue;
      }
      signal?.throwIfAborted();
      if (Date.now() >= next) {
        waiting?.(holder, Date.now() - since);
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

/** @param prepare makes the token again where its folder was removed meanwhile */
function link(from, to, prepare) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    if (error.code !== "ENOENT") throw error;
    prepare();
    return false;
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
