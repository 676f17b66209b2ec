import { channel } from "node:diagnostics_channel";

/** Tells this process, for good, that the engine cancels the operation: as Node tells of the engine's own call. */
export function cancelOperation(): void {
  const headers = { ":path": "/pulumirpc.ResourceProvider/Cancel" };
  channel("http2.server.stream.start").publish({ headers });
}
