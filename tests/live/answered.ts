/**
 * Waits for an answer in time: a connection that went dead silently would otherwise hold a suite forever.
 *
 * @param who - as in "the cluster", for the message
 * @throws Error that says who did not answer, or the signal's reason
 */
export async function answered<T>(
  who: string,
  asked: Promise<T>,
  { within, signal }: { readonly within: number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  let stop = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${who} did not answer within ${String(Math.round(within / 1000))} s`));
    }, within);
    const aborted = () => reject(signal?.reason as Error);
    if (signal?.aborted) aborted();
    signal?.addEventListener("abort", aborted);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
  });
  return Promise.race([asked, late]).finally(stop);
}
