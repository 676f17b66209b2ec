import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../stack/environment.ts";
import type { Image } from "./catalogue.ts";
import type { GitTree } from "./gitTree.ts";

/** Part of every tag: another way of building makes other tags. */
const format = "mesh-six image 1";

/**
 * The image's tag, made from its whole build context and its build arguments: the same content has the same tag, in
 * whatever commit. Base images are not part of it, since their tags move without a commit.
 *
 * @returns as in `content-0f3a…`, 20 hexadecimal digits
 */
export function contentTag(image: Image, tree: GitTree, root = projectRoot): string {
  const hash = createHash("sha256").update(`${format}\n${image.dockerfile}\n`);
  for (const argument of [...image.buildArguments].sort()) hash.update(`argument ${argument}\n`);
  for (const path of image.paths) hash.update(`${tree.objectOf(path) ?? ""} ${path}\n`);
  for (const folder of image.folders) {
    for (const file of filesIn(join(root, folder))) {
      const path = join(root, folder, file);
      const executable = (statSync(path).mode & 0o100) !== 0;
      const content = createHash("sha256").update(readFileSync(path)).digest("hex");
      hash.update(`own ${executable ? "x" : "-"} ${content} ${folder}/${file}\n`);
    }
  }
  return `content-${hash.digest("hex").slice(0, 20)}`;
}

/** Paths of all files below a folder, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
