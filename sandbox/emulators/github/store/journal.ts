/** Keeps every row on disk: one line per changed row, written before a request is answered. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Row, Store, StoreSnapshot } from "../emulate.ts";

/** A row that came or changed (`row`), one that went (`row: null`), or a counter. `end` closes one request's lines. */
type Line = { c: string; id: number; row: Row | null } | { c: string; next: number } | { end: true };

export interface Journal {
  /** Writes what changed since the last call. Rows are compared by identity: the store replaces what it changes. */
  save(): void;
  /** Writes everything again, as one file that appears at once. */
  rewrite(): void;
  close(): void;
}

/**
 * Fills the store from the directory's journal, if there is one, and keeps it from then on.
 * Lines of a request that was not finished when the process was killed are left out.
 */
export function openJournal(store: Store, directory: string): Journal {
  const path = join(directory, "journal.jsonl");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (existsSync(path)) store.restore(replay(store, readFileSync(path, "utf8")));
  let saved = new Map<string, { rows: Map<number, Row>; next: number }>();
  let file: number | undefined;

  const write = (lines: Line[]): void => {
    if (file === undefined || lines.length === 0) return;
    writeSync(file, [...lines, { end: true }].map((line) => `${JSON.stringify(line)}\n`).join(""));
  };
  const rewrite = (): void => {
    saved = new Map();
    const lines = changes(store, saved);
    const next = `${path}.new`;
    writeFileSync(next, [...lines, { end: true }].map((line) => `${JSON.stringify(line)}\n`).join(""), {
      mode: 0o600,
    });
    if (file !== undefined) closeSync(file);
    renameSync(next, path);
    file = openSync(path, "a", 0o600);
  };
  rewrite();
  return {
    save: () => write(changes(store, saved)),
    rewrite,
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function changes(store: Store, saved: Map<string, { rows: Map<number, Row>; next: number }>): Line[] {
  const lines: Line[] = [];
  for (const [name, collection] of store.collections) {
    const known = saved.get(name) ?? { rows: new Map<number, Row>(), next: 1 };
    saved.set(name, known);
    for (const [id, row] of collection.items) {
      if (known.rows.get(id) === row) continue;
      known.rows.set(id, row);
      lines.push({ c: name, id, row });
    }
    if (known.rows.size > collection.items.size) {
      for (const id of [...known.rows.keys()].filter((id) => !collection.items.has(id))) {
        known.rows.delete(id);
        lines.push({ c: name, id, row: null });
      }
    }
    if (known.next !== collection.autoId) {
      known.next = collection.autoId;
      lines.push({ c: name, next: collection.autoId });
    }
  }
  return lines;
}

function replay(store: Store, text: string): StoreSnapshot {
  const collections: StoreSnapshot["collections"] = {};
  for (const [name, { indexFields }] of Object.entries(store.snapshot().collections)) {
    collections[name] = { items: [], autoId: 1, indexFields };
  }
  const rows = new Map<string, Map<number, Row>>();
  const apply = (line: Line): void => {
    if ("end" in line) return;
    const target = (collections[line.c] ??= { items: [], autoId: 1, indexFields: [] });
    if ("next" in line) {
      target.autoId = line.next;
      return;
    }
    let known = rows.get(line.c);
    if (!known) rows.set(line.c, (known = new Map<number, Row>()));
    if (line.row) known.set(line.id, line.row);
    else known.delete(line.id);
  };
  let pending: Line[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    let parsed: Line;
    try {
      parsed = JSON.parse(line) as Line;
    } catch {
      break; // the last line of a process that was killed while it wrote
    }
    pending.push(parsed);
    if (!("end" in parsed)) continue;
    pending.forEach(apply);
    pending = [];
  }
  for (const [name, known] of rows) collections[name]?.items.push(...known.values());
  return { collections, data: {} };
}
