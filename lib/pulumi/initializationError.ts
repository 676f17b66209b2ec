/**
 * Thrown by the `create` of a provider whose resource is there, yet not as it has to be: the engine keeps it in the
 * state, so that the next run updates it, and its deletion takes place. The members are those that the SDK looks for.
 */
export class InitializationError extends Error {
  override readonly name = "InitializationError";
  readonly id: string;
  /** Outputs for the state. */
  readonly properties: object;
  readonly reasons: readonly string[];

  constructor(cause: unknown, { id, properties }: { readonly id: string; readonly properties: object }) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    this.id = id;
    this.properties = properties;
    this.reasons = [message];
  }
}
