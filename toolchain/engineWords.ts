/**
 * What the engine itself wrote to stderr: without the Automation API's frame of exit code and streams, and, where that
 * is only the child process's own error, without the command and what the engine had printed to stdout until then.
 */
export function engineWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const stderr = /stderr: ([\s\S]*?)(?:\n err\?:|$)/.exec(text)?.[1]?.trim();
  if (stderr === undefined || stderr === "") return text;
  const [, words] = /^Command failed with exit code \d+: .*\n([\s\S]*)$/.exec(stderr) ?? [];
  if (words === undefined) return stderr;
  const [own = ""] = words.split(/^(?:Previewing|Updating|Refreshing|Destroying) .*\(.*\):?$/m);
  return own.trim().replace(/^error: /, "") || stderr;
}
