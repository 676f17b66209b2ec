import { sleepFor } from "../pulumi/cancellation.ts";
import { ProblemError } from "../text/problem.ts";
import { GitHubError } from "./errors.ts";

/** Shorter waits are not worth a line, in seconds. */
const unnoticed = 3;

/** The time between two lines about a wait, in seconds: a person must see that it goes on. */
const every = 9;

/** Waits, and ends at once when the engine cancels the operation. @throws GitHubError when it does */
export async function pause(seconds: number): Promise<void> {
  try {
    await sleepFor("GitHub", seconds * 1000);
  } catch (cause) {
    throw cause instanceof ProblemError ? new GitHubError(cause.problem, { cause }) : cause;
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
