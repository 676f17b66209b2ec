import process from "node:process";

/**
 * Aborted when the suite is to end before its time. Takes over what ends this process: the test runner's own
 * listeners would end it at once, and leave behind what was opened. Its starter's end counts too.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal);
    process.on(signal, stop);
  }
  process.on("disconnect", stop);
  // Listening for it would keep this process alive after its work.
  process.channel?.unref();
  return controller.signal;
}
