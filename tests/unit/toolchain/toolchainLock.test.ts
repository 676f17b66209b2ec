import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lock } from "../../../lib/process/lock.mjs";
import { processStart } from "../../../lib/process/processStart.mjs";

const folder = mkdtempSync(join(tmpdir(), "lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const module = join(import.meta.dirname, "../../../lib/process/lock.mjs");

/** A process that says "have" once it holds the lock, and then keeps it. */
async function holder(path: string): Promise<ChildProcess> {
  const code = `
    const { lock } = await import(${JSON.stringify(module)});
    await lock(${JSON.stringify(path)});
    console.log("have");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("waits for a living holder in another process, and tells who that is", async () => {
  const path = join(folder, "living");
  const child = await holder(path);
  let toldOf: number | undefined;
  let have = false;
  const waiting = lock(path, { waiting: ({ pid }) => (toldOf = pid) }).then((release) => {
    have = true;
    return release;
  });
  while (toldOf === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(toldOf, child.pid);
  assert.equal(have, false);
  await kill(child);
  (await waiting)();
  assert.equal(have, true);
});

test("takes the lock of a holder that was killed", async () => {
  const path = join(folder, "killed");
  await kill(await holder(path));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("killed")),
    ["killed"],
  );
  const release = await lock(path);
  release();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("killed")),
    [],
  );
});

test("takes the lock of a process whose id now belongs to another one", async () => {
  const path = join(folder, "reused");
  writeFileSync(path, JSON.stringify({ pid: process.pid, start: "long ago", host: hostname(), id: "x" }));
  (await lock(path))();
});

test("takes a lock file that is not readable as one", async () => {
  const path = join(folder, "garbage");
  writeFileSync(path, '{"pid":');
  (await lock(path))();
});

test("lets one in at a time when many find the same dead holder", async () => {
  const path = join(folder, "many");
  await kill(await holder(path));
  let inside = 0;
  let most = 0;
  const enter = async () => {
    const release = await lock(path);
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
    release();
  };
  await Promise.all(Array.from({ length: 8 }, enter));
  assert.equal(most, 1);
});

test("giving back a lock that somebody else holds meanwhile leaves it to them", async () => {
  const path = join(folder, "stolen");
  const release = await lock(path);
  const other = JSON.stringify({
    pid: process.pid,
    start: processStart(process.pid),
    host: hostname(),
    id: "y",
  });
  writeFileSync(path, other);
  release();
  assert.ok(readdirSync(folder).includes("stolen"));
});

test("knows when a process started, and that a process is gone", async () => {
  assert.equal(processStart(process.pid), processStart(process.pid));
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  assert.equal(processStart(child.pid ?? 0), undefined);
});
