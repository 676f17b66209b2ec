/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  /** As the holder described its work. */
  readonly about?: string;
}

/**
 * Waits for the lock and takes it. A holder that was killed is noticed and its lock broken.
 * @param path the lock's file; its folder is made when missing
 * @param options.waiting called at once and then every ten seconds while somebody else holds it, with the holder and
 *   the milliseconds waited so far
 * @param options.signal ends the waiting when aborted
 * @param options.about describes the holder's work to those who wait
 * @returns a function that gives it back
 * @throws the system's error where the folder cannot be written
 */
export function lock(
  path: string,
  options?: {
    readonly waiting?: (holder: Holder, waited: number) => void;
    readonly signal?: AbortSignal;
    readonly about?: string;
  },
): Promise<() => void>;
