// Plain JavaScript, since start.mjs needs it on Node 20 as well.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

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
