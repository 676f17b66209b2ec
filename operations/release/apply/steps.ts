import { spawn } from "node:child_process";
import { join } from "node:path";
import { ended } from "../../../lib/process/ended.ts";
import { projectRoot } from "../../stack/environment.ts";

/** One command of this project, as a step of a release; its lines go to standard error. */
export type StepName = "preview" | "up" | "smoke";

const files: Readonly<Record<StepName, string>> = {
  preview: "operations/preview.ts",
  up: "operations/release/apply/up.ts",
  smoke: "operations/smoke.ts",
};

/** Exit code of `up` where another operation holds the stack: nothing was begun. */
export const heldByOther = 75;

/**
 * Runs a step in a process of its own: the program is a module that declares its resources once a process.
 *
 * @returns its exit code
 */
export async function runStep(
  name: StepName,
  stack: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(projectRoot, files[name]), "--stack", stack, ...options],
    // Standard output is for the release's own result.
    { cwd: projectRoot, stdio: ["ignore", 2, 2] },
  );
  const stop = () => child.kill("SIGINT");
  signal.addEventListener("abort", stop);
  try {
    const code = await ended(child);
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
