import process from "node:process";
import { endingSignals } from "../process/run.ts";

/**
 * Does the work, and asks it to end in order at Ctrl-C or when a signal ends the process.
 *
 * @throws AbortError when it was interrupted
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  for (const signal of endingSignals) process.on(signal, stop);
  try {
    return await work(abort.signal);
  } catch (error) {
    // Ctrl-C reaches what the work has started as well, whose end is then no trouble of its own.
    abort.signal.throwIfAborted();
    throw error;
  } finally {
    for (const signal of endingSignals) process.off(signal, stop);
  }
}
