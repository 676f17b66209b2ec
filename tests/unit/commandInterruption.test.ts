import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { test } from "node:test";

const lib = join(import.meta.dirname, "../../lib");

/** Runs a command whose work is this expression, interrupts it once it works, and gives how it ended. */
async function interrupted(work: string): Promise<{ code: number | null; stderr: string }> {
  const program = `
    import { runCommand } from ${JSON.stringify(join(lib, "cli/command.ts"))};
    import { untilInterrupted } from ${JSON.stringify(join(lib, "cli/endInOrder.ts"))};
    import { run } from ${JSON.stringify(join(lib, "process/run.ts"))};
    import { setTimeout as sleep } from "node:timers/promises";
    const begin = () => process.stdout.write("begun\\n");
    runCommand({ usage: "", read: () => ({}), run: async () => { ${work}; return 0; } });`;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const stderr = text(child.stderr);
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  child.kill("SIGINT");
  const [code] = (await ended) as [number | null];
  return { code, stderr: await stderr };
}

test("a command that is interrupted says so in one line and ends with 130", async () => {
  const told = { code: 130, stderr: "interrupted\n" };
  assert.deepEqual(await interrupted("begin(); await sleep(600_000)"), told);
  assert.deepEqual(await interrupted('begin(); await run("sleep", ["600"])'), told);
  const orderly =
    "await untilInterrupted(async (signal) => { begin(); await sleep(600_000, null, { signal }); })";
  assert.deepEqual(await interrupted(orderly), told);
});

test("the end of what the same Ctrl-C has ended is no trouble of its own", async () => {
  const work = `await untilInterrupted(async (signal) => {
    begin();
    await sleep(600_000, null, { signal }).catch(() => { throw new Error("pulumi config: "); });
  })`;
  assert.deepEqual(await interrupted(work), { code: 130, stderr: "interrupted\n" });
});
