import type { Migration } from "../files/files.ts";

/** Statements of a file that are sent together. */
export interface Chunk {
  /** Their text with the comments between them. */
  readonly text: string;
  /** Offset of that text in the file. */
  readonly start: number;
  /** Number of its first statement, from 0. */
  readonly from: number;
  readonly isLast: boolean;
}

/**
 * Characters of a chunk. The server keeps the trees of all statements of a message until the last of them is done, which
 * takes some twenty times the memory of the text.
 */
const length = 1_000_000;

/** A file's statements, as many together as the length allows: of most files all. */
export function* chunksOf({ sql, statements }: Migration): Generator<Chunk> {
  let start = 0;
  let from = 0;
  if (sql.length > length)
    for (const [at, { start: next }] of statements.entries()) {
      if (at === from || next - start < length) continue;
      yield { text: sql.slice(start, next), start, from, isLast: false };
      start = next;
      from = at;
    }
  yield { text: sql.slice(start), start, from, isLast: true };
}
