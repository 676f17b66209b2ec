import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { shellQuoted } from "../../lib/text/shellQuoted.ts";

const lib = join(import.meta.dirname, "../../lib");

/** The program of a command whose work is this expression. */
function programOf(work: string, more = ""): string {
  return `
    import { runCommand } from ${JSON.stringify(join(lib, "cli/command.ts"))};
    import { untilInterrupted } from ${JSON.stringify(join(lib, "cli/endInOrder.ts"))};
    import { run } from ${JSON.stringify(join(lib, "process/run.ts"))};
    import { setTimeout as sleep } from "node:timers/promises";
    const begin = () => process.stdout.write("begun\\n");
    runCommand({ usage: "", read: () => ({}), run: async () => { ${work}; return 0; }, ${more} });`;
}

const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval"];

/** Runs a command whose work is this expression, interrupts it once it works, and gives how it ended. */
async function interrupted(work: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [...flags, programOf(work)], { stdio: ["ignore", "pipe", "pipe"] });
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

test("a command outlives whoever reads its stderr", async () => {
  const work =
    'for (let i = 0; i < 20; i++) { process.stderr.write("line\\n"); await sleep(5); } console.log("end")';
  const child = spawn(process.execPath, [...flags, programOf(work)], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.destroy();
  const told = text(child.stdout);
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal(await told, "end\n");
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
const needsScript = hasScript ? false : "needs script of util-linux";

test("a closed terminal does not cut the orderly end off", { skip: needsScript }, async () => {
  const work = `await untilInterrupted(async (signal) => {
    begin();
    await sleep(600_000, null, { signal }).catch(() => {});
    for (let i = 0; i < 20; i++) {
      process.stderr.write("on the way back\\n");
      process.stdout.write("on the way back\\n");
      await sleep(5);
    }
    writeSync(3, "the way back is done");
  })`;
  const program = `import { writeSync } from "node:fs"; ${programOf(work, "outlivesReader: true")}`;
  const command = ["exec", process.execPath, ...flags, program].map(shellQuoted).join(" ");
  // Its terminal goes with it.
  const terminal = spawn("script", ["--quiet", "--flush", "--command", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  const done = text(terminal.stdio[3] as Readable);
  await once(terminal.stdout!, "data");
  terminal.kill("SIGKILL");
  assert.equal(await done, "the way back is done");
});
