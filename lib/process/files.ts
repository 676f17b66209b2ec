import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Writes a file whole or not at all: a reader, or a run killed in the middle, never meets half of it. */
export function writeWhole(path: string, content: string, mode = 0o600): void {
  const half = `${path}.${String(process.pid)}`;
  writeFileSync(half, content, { mode });
  renameSync(half, path);
}

/** The parsed content of a JSON file this sandbox wrote, or undefined when there is none. */
export function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(
      `${path} is not valid JSON. Remove it, or run "npm run sandbox -- reset" to begin again.`,
      { cause },
    );
  }
}

export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}
