/**
 * Ctrl-C (or SIGTERM). While services are being made ready it simply ends this process: each step can be taken up
 * again. While an operation runs, the first one asks it to end in an orderly manner, and a second one, later than
 * the same key press can arrive by other ways (npm and the start script hand it on too), ends this process at once.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;
  readonly #sameKeyPress = 1_000;
  #operating = false;
  #first: number | undefined;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => this.#handle());
  }

  /** Aborted when an operation is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on there is an operation to be ended in an orderly manner. */
  operating(): void {
    this.#operating = true;
  }

  #handle(): void {
    if (!this.#operating) process.exit(130);
    if (this.#first === undefined) {
      this.#first = Date.now();
      this.#onFirst();
      this.#controller.abort();
    } else if (Date.now() - this.#first > this.#sameKeyPress) {
      process.exit(130);
    }
  }
}
