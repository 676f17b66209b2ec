import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** A file of a template. */
export interface TemplateFile {
  /** Path in the repository, with `/`. */
  readonly path: string;
  readonly content: Buffer;
  /** Id git gives the content, as GitHub shows it. */
  readonly oid: string;
}

/** What a working copy of a template holds besides the template. */
const notSeeded = new Set(["node_modules", "test-results", "playwright-report", ".git"]);

/** The files of a template's folder, sorted by path. */
export function templateFiles(folder: string): TemplateFile[] {
  if (!existsSync(folder)) {
    throw new Error(
      `template ${folder}: expected a folder of the project, found none; make it, or name another`,
    );
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.split("/").some((part) => notSeeded.has(part)))
    .sort()
    .map((path) => {
      const content = readFileSync(join(folder, path));
      const header = `blob ${content.length}\0`;
      return { path, content, oid: createHash("sha1").update(header).update(content).digest("hex") };
    });
}

/** One short value for all paths and contents of a template, by which a change of it is seen. */
export function templateDigest(folder: string): string {
  const hash = createHash("sha256");
  for (const { path, oid } of templateFiles(folder)) hash.update(`${oid} ${path}\n`);
  return hash.digest("hex").slice(0, 16);
}
