/** A build's share of the memory, for its compiler. */
export interface BuildShare {
  /** For GOGC; undefined leaves Go's default. */
  readonly gogc?: string;
}

interface Waiting {
  readonly need: number;
  readonly start: (share: BuildShare) => void;
}

/**
 * Lets builds run side by side as far as memory allows: compilers spend much of their time on one core, so two
 * builds at once take less time than one after the other. A build that gets twice its need collects garbage less
 * often (GOGC=400).
 */
export class BuildQueue {
  readonly #total: number;
  readonly #signal: AbortSignal;
  readonly #waiting: Waiting[] = [];
  #free: number;
  #running = 0;

  /** @param memory - bytes that all builds together may use @default nine tenths of what this process can have */
  constructor(signal: AbortSignal, memory = process.availableMemory() * 0.9) {
    this.#signal = signal;
    this.#total = memory;
    this.#free = memory;
  }

  /**
   * Runs the build when there is memory for it; the largest that waits goes first.
   *
   * @param need - bytes at its peak; a build that needs more than there is runs alone
   */
  async run<T>(need: number, build: (share: BuildShare) => Promise<T>): Promise<T> {
    const capped = Math.min(need, this.#total);
    const share = await new Promise<BuildShare & { readonly taken: number }>((resolve) => {
      this.#waiting.push({
        need: capped,
        start: (given) => {
          const taken = given.gogc === undefined ? capped : 2 * capped;
          this.#free -= taken;
          this.#running += 1;
          resolve({ ...given, taken });
        },
      });
      // Requests of the same moment are admitted together.
      queueMicrotask(() => this.#admit());
    });
    try {
      this.#signal.throwIfAborted();
      return await build(share);
    } finally {
      this.#free += share.taken;
      this.#running -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    this.#waiting.sort((a, b) => b.need - a.need);
    const together = this.#waiting.reduce((sum, { need }) => sum + need, 0);
    // Room for one more at twice its need is no good where it keeps another build waiting.
    const gogc = process.env["GOGC"] === undefined && 2 * together <= this.#free ? { gogc: "400" } : {};
    for (const one of this.#waiting.splice(0)) {
      if (one.need <= this.#free || this.#running === 0) one.start(gogc);
      else this.#waiting.push(one);
    }
  }
}
