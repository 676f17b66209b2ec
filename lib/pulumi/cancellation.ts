import { subscribe } from "node:diagnostics_channel";
import timers from "node:timers/promises";
import { ProblemError } from "../text/problem.ts";

/** The call by which the engine tells a provider that the person has pressed Ctrl-C. */
const cancelCall = "/pulumirpc.ResourceProvider/Cancel";

let controller: AbortController | undefined;

/**
 * Aborted when the engine cancels the operation. The SDK answers that call of the engine's without telling a dynamic
 * provider of it; Node tells whoever asks of every call that comes in. Where it does not (Node before 24.2), nothing is
 * ever aborted, and a second Ctrl-C ends the operation.
 */
export function cancelled(): AbortSignal {
  if (controller === undefined) {
    const made = new AbortController();
    subscribe("http2.server.stream.start", (message) => {
      const { headers } = message as { readonly headers?: Readonly<Record<string, unknown>> };
      if (headers?.[":path"] === cancelCall) made.abort();
    });
    controller = made;
  }
  return controller.signal;
}

/**
 * Waits, and ends at once when the engine cancels the operation.
 *
 * @param what - as in `interrupted while waiting for GitHub`
 * @throws ProblemError when it does
 */
export async function sleepFor(what: string, milliseconds: number): Promise<void> {
  const signal = cancelled();
  try {
    await timers.setTimeout(milliseconds, undefined, { signal });
  } catch (cause) {
    throw signal.aborted ? interrupted(what, cause) : cause;
  }
}

export function interrupted(what: string, cause: unknown): ProblemError {
  const said = `interrupted while waiting for ${what}`;
  return new ProblemError({ said, remedy: "run the same command again" }, { cause });
}
