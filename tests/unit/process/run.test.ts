import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../../../lib/process/run.ts";

test("a program that its limit ends says so after its own words", async () => {
  const silent = await run("sleep", ["600"], { limit: 50 });
  assert.deepEqual(silent, { code: null, stdout: "", stderr: "no end within 0.05 s\n" });
  const waiting = "process.stderr.write('waiting for the server'); setInterval(() => {}, 600_000)";
  const { stderr } = await run(process.execPath, ["--eval", waiting], { limit: 2_000 });
  assert.equal(stderr, "waiting for the server\nno end within 2 s\n");
});

test("a program that ends within its limit, or is ended by others, has its own words alone", async () => {
  const words = await run("sh", ["-c", "echo no >&2; exit 3"], { limit: 600_000 });
  assert.deepEqual(words, { code: 3, stdout: "", stderr: "no\n" });
  const ended = await run("sleep", ["600"], { limit: 600_000, signal: AbortSignal.abort() });
  assert.deepEqual(ended, { code: null, stdout: "", stderr: "" });
});
