import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { BuildQueue, type BuildShare } from "../../../toolchain/obtain/builds.ts";

const gogc = process.env["GOGC"];
beforeEach(() => {
  delete process.env["GOGC"];
});
afterEach(() => {
  if (gogc === undefined) delete process.env["GOGC"];
  else process.env["GOGC"] = gogc;
});

/** Builds that a test ends by hand. */
function queue(memory: number) {
  const builds = new BuildQueue(new AbortController().signal, memory);
  const running = new Map<string, { readonly share: BuildShare; readonly end: () => void }>();
  return {
    running,
    names: () => [...running.keys()].sort(),
    start: (name: string, need: number) =>
      builds.run(need, (share) => new Promise<void>((end) => running.set(name, { share, end }))),
    async end(name: string) {
      running.get(name)?.end();
      running.delete(name);
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("builds run side by side where memory is plenty, with a larger heap for each compiler", async () => {
  const builds = queue(12);
  const all = [builds.start("engine", 2), builds.start("servers", 3), builds.start("node", 1)];
  await settled();
  assert.deepEqual(builds.names(), ["engine", "node", "servers"]);
  for (const { share } of builds.running.values()) assert.equal(share.gogc, "400");
  for (const name of builds.names()) await builds.end(name);
  await Promise.all(all);
});

test("a build waits for memory; the largest that waits goes first", async () => {
  const builds = queue(4);
  const all = [builds.start("engine", 2), builds.start("servers", 3), builds.start("node", 1)];
  await settled();
  assert.deepEqual(builds.names(), ["node", "servers"]);
  for (const { share } of builds.running.values()) assert.equal(share.gogc, undefined);
  await builds.end("node");
  assert.deepEqual(builds.names(), ["servers"]);
  await builds.end("servers");
  assert.deepEqual(builds.names(), ["engine"]);
  await builds.end("engine");
  await Promise.all(all);
});

test("a build that needs more memory than there is runs alone", async () => {
  const builds = queue(1);
  const all = [builds.start("plugin", 5), builds.start("node", 1)];
  await settled();
  assert.equal(builds.names().length, 1);
  for (const name of ["plugin", "node"]) {
    assert.deepEqual(builds.names(), [name]);
    await builds.end(name);
  }
  await Promise.all(all);
});

test("the person's own GOGC stays", async () => {
  process.env["GOGC"] = "50";
  const builds = queue(100);
  const one = builds.start("engine", 2);
  await settled();
  assert.equal(builds.running.get("engine")?.share.gogc, undefined);
  await builds.end("engine");
  await one;
});

test("a build that fails gives its memory back", async () => {
  const builds = new BuildQueue(new AbortController().signal, 1);
  await assert.rejects(
    builds.run(1, () => Promise.reject(new Error("failed"))),
    /failed/,
  );
  assert.equal(await builds.run(1, () => Promise.resolve("built")), "built");
});
