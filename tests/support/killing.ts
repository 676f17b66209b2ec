import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { markedProcesses } from "../../sandbox/processTable.ts";
import type { TestSandbox } from "./sandbox.ts";
import type { SandboxGitHub } from "./sandboxGithub.ts";

/** More than the requests of any run: a sweep ends by itself when nothing is struck any more. */
export const everyRequest = Array.from({ length: 60 }, (_, index) => index);

/** Whether sweeps go through every request instead of some. */
export const isWholeSweep = process.env["MESH_SIX_SWEEP"] === "all";

/**
 * Kills an `up` with all its processes while GitHub is working on a request, which GitHub then finishes.
 *
 * @param index - which request, counted from 0
 * @returns false when the `up` was done before
 */
export async function killAtRequest(
  sandbox: TestSandbox,
  github: SandboxGitHub,
  index: number,
): Promise<boolean> {
  await github.requests();
  await github.faults([{ skip: index, action: { kind: "delay", milliseconds: 2000 } }]);
  const child = sandbox.start(["up"]);
  const exit = once(child, "exit");
  while ((await github.pendingFaults()).length > 0) {
    if (child.exitCode !== null) {
      await github.faults([]);
      return false;
    }
    await sleep(20);
  }
  child.kill("SIGKILL");
  for (const { pid } of markedProcesses(`${sandbox.directory}:operation`)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await exit;
  // What is under way on GitHub ends by itself; a request whose client is gone may not be in the journal.
  const patience = Date.now() + 5_000;
  for (let seen = 0; seen <= index && Date.now() < patience; seen += (await github.requests()).length)
    await sleep(50);
  return true;
}
