import type { Duplex } from "node:stream";
import type { Connection, Submittable } from "pg";
import type pg from "pg";
import { piecesOf, statementsOf, type Sql } from "../files/sql.ts";

/** The part of pg's connection that a query of its own needs; the package's types leave it out. */
interface WireConnection extends Connection {
  sendCopyFail(reason: string): void;
}

/** A batch stopped at a statement. */
export class BatchError extends Error {
  override readonly name = "BatchError";
  /** The number of the batch's statements that had succeeded. */
  readonly completed: number;
  constructor(completed: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.completed = completed;
  }
}

/**
 * Sends several statements as one message: one round trip. pg's own query forgets on an error how far the
 * server came; this one counts, so that a runtime error, which has no position, can be put to its statement. It also
 * writes the message piece by piece, where pg would put all of it together in memory first.
 *
 * @throws BatchError
 */
export async function runBatch(client: pg.Client, sql: Sql): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let completed = 0;
    const batch = {
      submit: ({ stream }: Connection) => void sendQuery(stream, sql),
      handleRowDescription: () => undefined,
      handleDataRow: () => undefined,
      handlePortalSuspended: () => undefined,
      handleEmptyQuery: () => undefined,
      handleCommandComplete: () => void (completed += 1),
      handleReadyForQuery: () => resolve(),
      handleError: (error: unknown) => reject(new BatchError(completed, error)),
      handleCopyInResponse: (connection: WireConnection) =>
        connection.sendCopyFail("a migration has no input"),
      handleCopyData: () => undefined,
    } satisfies Submittable & Record<string, unknown>;
    client.query(batch);
  });
}

/** The same for statements that are none of a file's: an error is the server's own. */
export async function runStatements(client: pg.Client, statements: readonly Sql[]): Promise<void> {
  await runBatch(client, statementsOf(statements)).catch((error: unknown) => {
    throw error instanceof BatchError ? error.cause : error;
  });
}

/**
 * Writes one message Query. A connection that ends meanwhile is reported by pg, which asks nothing of the session
 * before the answer to this message.
 */
async function sendQuery(stream: Duplex, sql: Sql): Promise<void> {
  // The length counts itself, and the zero byte at the end.
  let length = 4 + 1;
  for (const piece of piecesOf(sql)) length += Buffer.byteLength(piece);
  const head = Buffer.alloc(5);
  head.write("Q");
  head.writeInt32BE(length, 1);
  // Small pieces travel together.
  stream.cork();
  stream.write(head);
  for (const piece of piecesOf(sql)) {
    if (!stream.writable) return;
    if (stream.write(piece)) continue;
    stream.uncork();
    if (stream.writableNeedDrain) await drained(stream);
    stream.cork();
  }
  if (stream.writable) stream.write("\0");
  stream.uncork();
}

/** Waits until the stream takes more, or is closed. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}
