import timers from "node:timers/promises";
import { cancelled } from "../pulumi/cancellation.ts";
import { GitHubError } from "./errors.ts";

/** Shorter waits are not worth a line, in seconds. */
const unnoticed = 3;

/** The time between two lines about a wait, in seconds: a person must see that it goes on. */
const every = 9;

/** Waits, and ends at once when the engine cancels the operation. @throws GitHubError when it does */
export async function pause(seconds: number): Promise<void> {
  const signal = cancelled();
  try {
    await timers.setTimeout(seconds * 1000, undefined, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const said = "interrupted while waiting for GitHub";
    throw new GitHubError({ said, remedy: "run the same command again" }, { cause });
  }
}

/**
 * Waits for a limit of GitHub's to pass, and says until when: at once, and again while it lasts. The engine shows a
 * provider's standard error.
 *
 * @param what - the request that waits
 */
export async function waitForLimit(what: string, seconds: number): Promise<void> {
  if (seconds < unnoticed) return pause(seconds);
  const until = new Date(Date.now() + seconds * 1000).toISOString().slice(11, 19);
  const tell = () => process.stderr.write(`${what}: GitHub's limit is reached; waiting until ${until} UTC\n`);
  tell();
  const beat = setInterval(tell, every * 1000);
  try {
    await pause(seconds);
  } finally {
    clearInterval(beat);
  }
}
