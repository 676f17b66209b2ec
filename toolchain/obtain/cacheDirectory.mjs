// Plain JavaScript, since start.mjs needs it on Node 20 as well.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { lock } from "../../lib/process/lock.mjs";

/** See cacheDirectory.d.mts. */
export function cacheDirectory() {
  const base = process.env.XDG_CACHE_HOME;
  // The XDG specification tells to ignore a relative path.
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache"), "mesh-six-infra");
}

/** See cacheDirectory.d.mts. */
export function compileCache() {
  return join(cacheDirectory(), "compiled");
}

/** Takes a lock of the cache folder: see cacheDirectory.d.mts. */
export async function lockInCache(path, options) {
  try {
    return await lock(path, options);
  } catch (cause) {
    if (cause.code === undefined || cause.name === "AbortError") throw cause;
    throw new Error(
      `The cache folder cannot be written (${cause.message}): make room and rights for it, or set XDG_CACHE_HOME to a folder that can be.`,
      { cause },
    );
  }
}
