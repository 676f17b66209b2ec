/** Requests to the emulator, for tests that count them. Never a token, a variable or a body. */

export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  /** As sent, with /api/v3 or /api/graphql. */
  readonly path: string;
  /** Operation name and root fields of a GraphQL document. */
  readonly operations: readonly string[];
  /** Undefined: the connection was closed without an answer. */
  readonly status: number | undefined;
  readonly login: string | undefined;
  readonly userAgent: string | undefined;
}

const kept = 20_000;

export class RequestLog {
  private entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.entries.push(entry);
    if (this.entries.length > kept) this.entries = this.entries.slice(-kept / 2);
  }

  get all(): readonly LoggedRequest[] {
    return this.entries;
  }

  clear(): void {
    this.entries = [];
  }
}
