import type { Connection, Submittable } from "pg";
import type pg from "pg";

/** The part of pg's connection that a query of its own needs; the package's types leave it out. */
interface WireConnection extends Connection {
  sendCopyFail(reason: string): void;
}

/** A batch stopped at a statement. */
export class BatchError extends Error {
  override readonly name = "BatchError";
  /** How many statements of the batch had succeeded. */
  readonly completed: number;
  constructor(completed: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.completed = completed;
  }
}

/**
 * Sends several statements as one message: one round trip. pg's own query forgets on an error how far the
 * server came; this one counts, so that a runtime error, which has no position, can be put to its statement.
 *
 * @throws BatchError
 */
export async function runBatch(client: pg.Client, sql: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let completed = 0;
    const batch = {
      submit: (connection: Connection) => connection.query(sql),
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
