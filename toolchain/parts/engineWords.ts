import { withoutPasswords } from "../../lib/text/withoutPasswords.ts";

/**
 * The engine's own words on stderr: without the Automation API's frame of exit code and streams, and, where that is
 * only the child process's own error, without the command and what the engine had printed to stdout until then. An
 * engine that was killed had no words of its own; its work until then is in the state.
 */
export function engineWords(error: unknown): string {
  // The engine repeats the address of its backend, which can hold a password.
  return withoutPasswords(ownWords(error));
}

function ownWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const stderr = /stderr: ([\s\S]*?)(?:\n err\?:|$)/.exec(text)?.[1]?.trim();
  if (stderr === undefined || stderr === "") return text;
  const [, signal] = /^Command was killed with (SIG[A-Z0-9]+)/.exec(stderr) ?? [];
  if (signal !== undefined) {
    return `pulumi was killed from outside (${signal}), as when memory runs out; nothing is lost: run the same command again`;
  }
  const [, words] = /^Command failed with exit code \d+: .*\n([\s\S]*)$/.exec(stderr) ?? [];
  if (words === undefined) return stderr;
  const [own = ""] = words.split(/^(?:Previewing|Updating|Refreshing|Destroying) .*\(.*\):?$/m);
  return own.trim().replace(/^error: /, "") || stderr;
}
