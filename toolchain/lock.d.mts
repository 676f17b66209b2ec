/**
 * When the process started, in the words of the operating system (comparable only with itself), or undefined
 * when there is no such process. Process ids are used again; id and start together are not.
 */
export function processStart(pid: number): string | undefined;

/**
 * Waits for the lock and takes it. A holder that was killed is noticed and its lock broken.
 * @param path the lock's file; its folder is made when missing
 * @param options.waiting called at once and then every ten seconds while somebody else holds it, with the holder's
 *   process id and the milliseconds waited so far
 * @param options.signal ends the waiting when aborted
 * @returns a function that gives it back
 */
export function lock(
  path: string,
  options?: { waiting?: (pid: number, waited: number) => void; signal?: AbortSignal },
): Promise<() => void>;
