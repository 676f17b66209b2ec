import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheDirectory, lockInCache } from "./cacheDirectory.mjs";

/** A key that changes with any of the parts: 16 hexadecimal digits. */
export function contentKey(parts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** The texts of the files, with their names, as parts of a content key. */
export async function fileParts(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return paths.flatMap((path, i) => [basename(path), (texts[i] ?? "").replaceAll("\r\n", "\n")]);
}

/** Path of the entry once it is complete. */
function entryPath(name: string, key: string): string {
  return join(cacheDirectory(), `${name}-${key}`);
}

/** The complete entry's folder, or undefined when it has not been made yet. */
export function findEntry(name: string, key: string): string | undefined {
  const path = entryPath(name, key);
  return existsSync(path) ? path : undefined;
}

/** Options for making an entry. */
export interface MakeOptions {
  /** Called every ten seconds while another process makes the same entry: its id, and the milliseconds waited. */
  readonly waiting: (pid: number, waited: number) => void;
  /** Ends the waiting when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * The entry's folder; made when missing. An entry appears whole or not at all: it is filled under another name
 * and renamed, so a process killed in the middle leaves nothing that looks complete. Two processes that want
 * the same entry make it once.
 * @param fill puts the files into the folder it is given
 */
export async function makeEntry(
  name: string,
  key: string,
  options: MakeOptions,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  const path = entryPath(name, key);
  if (existsSync(path)) return path;
  const { signal, waiting } = options;
  const release = await lockInCache(join(cacheDirectory(), "locks", `${name}-${key}`), {
    ...(signal === undefined ? {} : { signal }),
    waiting: ({ pid }, waited) => waiting(pid, waited),
  });
  try {
    if (existsSync(path)) return path;
    await removeLeftovers(path);
    const unfinished = `${path}.unfinished-${randomUUID().slice(0, 8)}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await fill(unfinished);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return path;
  } finally {
    release();
  }
}

/**
 * Removes a killed process's leftovers of the same entry; nobody fills them any more, since this process holds the
 * lock.
 */
async function removeLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  const names = (await stat(parent).catch(() => undefined)) ? await readdir(parent) : [];
  const leftovers = names.filter((name) => name.startsWith(`${basename(path)}.unfinished-`));
  await Promise.all(leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
