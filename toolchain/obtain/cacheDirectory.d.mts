import type { lock } from "../../lib/process/lock.mjs";

/**
 * Where everything built or downloaded lies, shared by all clones of the project: it is found by content, so
 * nothing in it is ever out of date. $XDG_CACHE_HOME/mesh-six-infra, by default ~/.cache/mesh-six-infra.
 */
export function cacheDirectory(): string;

/**
 * Where Node keeps the compiled form of what it loads, when NODE_COMPILE_CACHE names it: program and dynamic providers
 * then load in about two thirds of the time.
 */
export function compileCache(): string;

/** Takes a lock whose file lies in the cache folder. @throws one line that names XDG_CACHE_HOME where it cannot be written */
export const lockInCache: typeof lock;
