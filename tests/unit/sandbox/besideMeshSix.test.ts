import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { markedProcesses } from "../../../lib/process/processTable.ts";
import { runOnStack } from "../../../sandbox/cli/besideMeshSix.ts";
import { operationRole } from "../../../sandbox/engine/operations.ts";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { openSandbox } from "../../../sandbox/place/sandbox.ts";

const directory = sandboxDirectory(mkdtempSync(join(tmpdir(), "mesh-six-beside-")));
const sandbox = openSandbox(directory);
after(() => {
  rmSync(directory.root, { recursive: true, force: true });
});

/** A screen of --json that counts how often the document is left to a command. */
function jsonScreen() {
  return {
    json: true,
    left: 0,
    leaveDocument() {
      this.left += 1;
    },
  };
}

const marked = () => markedProcesses(`${directory.root}:${operationRole}`);
const release = { name: "release", args: ["--history"] } as const;

describe("a command on the sandbox's stack", () => {
  test("does not begin once it was interrupted, and leaves the document to who called it", async () => {
    const screen = jsonScreen();
    const run = runOnStack(sandbox, screen, { ...release, documents: true }, AbortSignal.abort());
    assert.deepEqual(marked(), []);
    await assert.rejects(run, { name: "AbortError" });
    assert.equal(screen.left, 0);
  });

  const skip = process.platform !== "linux" && "reads Linux's /proc";
  for (const [what, documents] of [
    ["prints the document of --json where it is to", true],
    ["prints no document, and nothing on stdout, where another command is to", false],
  ] as const) {
    test(`${what}, and is ended by the next command`, { skip }, async () => {
      const screen = jsonScreen();
      const run = runOnStack(sandbox, screen, { ...release, documents }, new AbortController().signal);
      const child = marked();
      assert.equal(child.length, 1);
      const of = `/proc/${String(child[0]?.pid)}`;
      assert.equal(readFileSync(`${of}/cmdline`, "utf8").split("\0").includes("--json"), documents);
      const [itsStdout, stdout, stderr] = [`${of}/fd/1`, "/proc/self/fd/1", "/proc/self/fd/2"].map((path) =>
        readlinkSync(path),
      );
      assert.equal(itsStdout, documents ? stdout : stderr);
      await sandbox.supervisor.endStrays(operationRole, 20_000);
      assert.notEqual(await run, 0);
      assert.equal(screen.left, documents ? 1 : 0);
    });
  }
});
