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
