/** The same repository by any of its addresses: `git@host:owner/name.git`, `https://host/owner/name`. */
export function repository(url: string): string {
  return url
    .toLowerCase()
    .replace(/^[a-z+]+:\/\/([^/@]*@)?/, "")
    .replace(/^[^/@]*@([^:/]+):/, "$1/")
    .replace(/(\.git)?\/*$/, "");
}

/** The same folder however it is written. */
export function folder(path: string): string {
  return path.replace(/^(\.?\/)+|\/+$/g, "");
}

/** The same API server with or without its default port. */
export function bareServer(server: string): string {
  return server.replace(/(:443)?\/*$/, "");
}
