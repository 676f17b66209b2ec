/**
 * A signal that is aborted at the first Ctrl-C (or SIGTERM). A second one, later than the same key press can
 * arrive by other ways (npm and the start script hand it on too), ends this process at once.
 */
export function interruption(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  const sameKeyPress = 1_000;
  let first: number | undefined;
  const handle = () => {
    if (first === undefined) {
      first = Date.now();
      onFirst();
      controller.abort();
    } else if (Date.now() - first > sameKeyPress) {
      process.exit(130);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, handle);
  return controller.signal;
}
