import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Imports of a module's own project: static ones, exports from elsewhere, and those at run time. */
const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}\/[^"']+)["']/g;

/**
 * A digest of a program's own source: its file, and every file that it imports, directly or by others.
 *
 * @param root - the project's folder
 * @param entry - the file that is run, from there
 */
export function sourceHash(root: string, entry: string): string {
  const texts = new Map<string, string>();
  const read = (path: string) => {
    if (texts.has(path) || !existsSync(path)) return;
    const text = readFileSync(path, "utf8");
    texts.set(path, text);
    for (const [, file = ""] of text.matchAll(imports)) read(join(dirname(path), file));
  };
  read(join(root, entry));
  const hash = createHash("sha256");
  for (const path of [...texts.keys()].sort())
    hash.update(relative(root, path)).update(texts.get(path) ?? "");
  return hash.digest("hex").slice(0, 16);
}
