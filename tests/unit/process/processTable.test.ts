import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, test } from "node:test";
import { markedProcesses, processesWith, processMark } from "../../../lib/process/processTable.ts";

const skip = process.platform !== "linux" && "only Linux shows the environments of other processes";

describe("the environment of processes", { skip }, () => {
  test("tells those that carry a variable, whole or by its start, and never the one that asks", async () => {
    const mark = `/a folder/${process.pid}:github`;
    const child = spawn(process.execPath, ["-e", "process.stdout.write('up'); process.stdin.resume()"], {
      env: { ...process.env, [processMark]: mark },
    });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    try {
      assert.deepEqual(
        markedProcesses(mark).map(({ pid }) => pid),
        [child.pid],
      );
      assert.deepEqual(markedProcesses(mark.slice(0, -1)), []);
      const start = `${processMark}=/a folder/${process.pid}:`;
      assert.deepEqual(
        processesWith((variable) => variable.startsWith(start)),
        [child.pid],
      );
      assert.ok(!processesWith((variable) => variable.startsWith("PATH=")).includes(process.pid));
    } finally {
      child.stdin.end();
      await ended;
    }
    assert.deepEqual(markedProcesses(mark), []);
  });
});
