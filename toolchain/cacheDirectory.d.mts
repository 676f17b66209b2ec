/**
 * Where everything built or downloaded lies, shared by all clones of the project: it is found by content, so
 * nothing in it is ever out of date. $XDG_CACHE_HOME/mesh-six-infra, by default ~/.cache/mesh-six-infra.
 */
export function cacheDirectory(): string;
