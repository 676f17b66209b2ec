import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { projectFolder } from "../../lib/process/projectFolder.ts";
import { type Ignoring, readGitignore } from "./gitignore.ts";

/** Git's modes of a file, an executable file and a symbolic link. */
export type Mode = "100644" | "100755" | "120000";

/** A file of a template. */
export interface TemplateFile {
  /** Path in the repository, with `/`. */
  readonly path: string;
  readonly mode: Mode;
  /** The content; for a symbolic link, the path that it leads to. */
  readonly content: Buffer;
  /** Id git gives the content, as GitHub shows it. */
  readonly oid: string;
}

/** Folders that a working copy of a template holds besides the template. */
const notSeeded = new Set(["node_modules", "test-results", "playwright-report"]);

/** `.env`, its kin and what editors leave of it hold secrets; the examples beside them hold none. */
const secret = /^\.env(?!.*[._-](?:example|sample|template|dist|md)$)(?:rc)?(?:[^a-z0-9].*)?$/i;

/**
 * The files of a template of the project.
 *
 * @param template - its folder, below the project's
 */
export function filesOfTemplate(template: string): TemplateFile[] {
  return templateFiles(projectFolder(template));
}

/**
 * The files of a template's folder, sorted by path, with their modes. Symbolic links stay links. Left out are what the
 * template's `.gitignore` files ignore, `.env` files, and what a working copy holds besides.
 */
export function templateFiles(folder: string): TemplateFile[] {
  if (!existsSync(folder)) {
    throw new Error(
      `template ${folder}: expected a folder of the project, found none; make it, or name another`,
    );
  }
  return [...filesBelow(folder, "", [])].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A `.gitignore` and the folder it is in. */
interface Scope {
  readonly folder: string;
  readonly ignores: Ignoring;
}

function* filesBelow(root: string, folder: string, outer: readonly Scope[]): Generator<TemplateFile> {
  const own = join(root, folder, ".gitignore");
  const scopes = existsSync(own)
    ? [...outer, { folder, ignores: readGitignore(readFileSync(own, "utf8")) }]
    : outer;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (notSeeded.has(entry.name) || secret.test(entry.name)) continue;
    if (entry.name.toLowerCase() === ".git") {
      if (folder !== "") throw repositoryWithin(root, folder);
      continue;
    }
    if (isIgnored(path, entry.isDirectory(), scopes)) continue;
    if (entry.isDirectory()) yield* filesBelow(root, path, scopes);
    else yield file(root, path);
  }
}

/** The innermost `.gitignore` that says something counts. */
function isIgnored(path: string, isFolder: boolean, scopes: readonly Scope[]): boolean {
  for (const { folder, ignores } of scopes.toReversed()) {
    const said = ignores(folder === "" ? path : path.slice(folder.length + 1), isFolder);
    if (said !== undefined) return said;
  }
  return false;
}

function file(root: string, path: string): TemplateFile {
  const at = join(root, path);
  const found = lstatSync(at);
  if (found.isSymbolicLink()) return { path, mode: "120000", ...blob(Buffer.from(linkTarget(root, path))) };
  if (!found.isFile()) {
    throw new Error(
      `template ${root}: expected files, folders and symbolic links, got ${path}, which is neither; take it out of the template`,
    );
  }
  return { path, mode: (found.mode & 0o100) === 0 ? "100644" : "100755", ...blob(readFileSync(at)) };
}

/** Git keeps only the commit of a repository within another, which a template cannot have. */
function repositoryWithin(root: string, folder: string): Error {
  return new Error(
    `template ${root}: expected files, folders and symbolic links, got ${folder}, which is a repository of its own; take its .git away, or the folder out of the template`,
  );
}

/** A link that leads out of the template would lead nowhere in the repository, or say how this machine is laid out. */
function linkTarget(root: string, path: string): string {
  const target = readlinkSync(join(root, path)).replaceAll("\\", "/");
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  if (posix.isAbsolute(target) || resolved === ".." || resolved.startsWith("../")) {
    throw new Error(
      `template ${root}: expected symbolic links that stay in the template, got ${path}, which leads out of it; replace it by what it leads to`,
    );
  }
  return target;
}

function blob(content: Buffer): Pick<TemplateFile, "content" | "oid"> {
  const header = `blob ${content.length}\0`;
  return { content, oid: createHash("sha1").update(header).update(content).digest("hex") };
}

/** One short value for all paths, contents and modes of a template, by which a change of it is seen. */
export function templateDigest(folder: string): string {
  const hash = createHash("sha256");
  // An ordinary file's mode is left out, as it was before modes were kept: no state sees a change.
  for (const { path, oid, mode } of templateFiles(folder)) {
    hash.update(mode === "100644" ? `${oid} ${path}\n` : `${oid} ${mode} ${path}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}
