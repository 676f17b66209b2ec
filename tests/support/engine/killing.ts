import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { markedProcesses } from "../../../lib/process/processTable.ts";
import type { TestSandbox } from "./sandbox.ts";
import type { SandboxGitHub } from "../github/sandboxGithub.ts";

/**
 * Goes through requests to GitHub at which an `up` is killed: a few, or with MESH_SIX_SWEEP=all each there is.
 *
 * @param samples - the few, counted from 0
 * @param survives - kills an `up` at a request and asserts what it leaves; false when there is no such request
 */
export async function sweepRequests(
  t: TestContext,
  samples: readonly number[],
  survives: (index: number) => Promise<boolean>,
): Promise<void> {
  if (process.platform !== "linux") {
    t.skip("the processes of an operation are found by /proc");
    return;
  }
  const isWhole = process.env["MESH_SIX_SWEEP"] === "all";
  if (!isWhole) t.diagnostic(`killed at requests ${samples.join(", ")}; MESH_SIX_SWEEP=all kills at each`);
  // More than the requests of any run: a whole sweep ends by itself when nothing is struck any more.
  const indices = isWhole ? Array.from({ length: 60 }, (_, index) => index) : samples;
  for (const index of indices) {
    if (await survives(index)) continue;
    assert.ok(isWhole, `nothing was asked after request ${index}`);
    t.diagnostic(`there are ${index} requests`);
    return;
  }
}

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
    killHard(pid);
  }
  await exit;
  // Requests under way on GitHub end by themselves; a request whose client is gone can be missing in the journal.
  const patience = Date.now() + 5_000;
  for (let seen = 0; seen <= index && Date.now() < patience; seen += (await github.requests()).length)
    await sleep(50);
  return true;
}

/** Resolves when the command has said so many lines of the kind; rejects when it ends before. */
export async function untilLines(child: ChildProcess, count: number, kind = /^/): Promise<void> {
  let text = "";
  const reached = new Promise<void>((resolve) => {
    const look = (part: Buffer | string) => {
      text += part.toString();
      const whole = text.split("\n").slice(0, -1);
      if (whole.filter((line) => kind.test(line)).length >= count) resolve();
    };
    look("");
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", look);
  });
  const ended = once(child, "exit").then(() => assert.fail(`ended before:\n${text}`));
  await Promise.race([reached, ended]);
}

/** Kills a process, or with a negative number its group; it may be gone already. */
export function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
