import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { contentKey, fileParts, findEntry, makeEntry } from "../../../toolchain/obtain/cache.ts";
import { cacheDirectory } from "../../../toolchain/obtain/cacheDirectory.mjs";

const folder = mkdtempSync(join(tmpdir(), "toolchain-cache-"));
process.env["XDG_CACHE_HOME"] = folder;
after(() => rmSync(folder, { recursive: true, force: true }));
const module = join(import.meta.dirname, "../../../toolchain/obtain/cache.ts");
const options = { waiting: () => undefined };
const fillWith = (text: string) => (directory: string) => {
  writeFileSync(join(directory, "file"), text);
  return Promise.resolve();
};
const entries = () => readdirSync(cacheDirectory()).filter((name) => name !== "locks");

test("lies under XDG_CACHE_HOME, and under ~/.cache when that is relative", () => {
  assert.equal(cacheDirectory(), join(folder, "mesh-six-infra"));
  process.env["XDG_CACHE_HOME"] = "relative";
  assert.equal(cacheDirectory(), join(homedir(), ".cache/mesh-six-infra"));
  process.env["XDG_CACHE_HOME"] = folder;
});

test("a key changes with every part and with where one part ends", () => {
  const keys = [["ab", "c"], ["a", "bc"], ["abc"], ["ab", "c", ""]].map(contentKey);
  assert.equal(new Set(keys).size, 4);
  assert.equal(contentKey(["ab", "c"]), keys[0]);
});

test("line ends do not change a key, names and contents do", async () => {
  const [unix, windows, other] = ["a/go.mod", "b/go.mod", "c/go.sum"].map((name) => join(folder, name));
  assert.ok(unix && windows && other);
  for (const [path, text] of [
    [unix, "x\ny\n"],
    [windows, "x\r\ny\r\n"],
    [other, "x\ny\n"],
  ] as const) {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  const key = async (path: string) => contentKey(await fileParts([path]));
  assert.equal(await key(unix), await key(windows));
  assert.notEqual(await key(unix), await key(other));
});

test("an entry is made once, and found afterwards", async () => {
  assert.equal(findEntry("once", "k"), undefined);
  let made = 0;
  const fill = async (directory: string) => {
    made += 1;
    await fillWith("content")(directory);
  };
  const paths = await Promise.all([1, 2, 3].map(() => makeEntry("once", "k", options, fill)));
  assert.equal(made, 1);
  assert.equal(new Set(paths).size, 1);
  assert.equal(findEntry("once", "k"), paths[0]);
  assert.equal(readFileSync(join(paths[0] ?? "", "file"), "utf8"), "content");
});

test("a failure leaves neither an entry nor a lock behind", async () => {
  const fill = async (directory: string) => {
    await fillWith("half")(directory);
    throw new Error("disk full");
  };
  await assert.rejects(makeEntry("failed", "k", options, fill), /disk full/);
  assert.deepEqual(
    entries().filter((name) => name.startsWith("failed")),
    [],
  );
  await makeEntry("failed", "k", options, fillWith("whole"));
});

test("a process killed while it fills an entry leaves nothing that looks complete, and the next one clears up", async () => {
  const code = `
    const { makeEntry } = await import(${JSON.stringify(module)});
    await makeEntry("killed", "k", { waiting() {} }, async () => {
      console.log("filling");
      await new Promise((resolve) => setTimeout(resolve, 1e9));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(findEntry("killed", "k"), undefined);
  assert.equal(entries().filter((name) => name.startsWith("killed")).length, 1);
  const path = await makeEntry("killed", "k", options, fillWith("whole"));
  assert.ok(existsSync(join(path, "file")));
  assert.deepEqual(
    entries().filter((name) => name.startsWith("killed")),
    ["killed-k"],
  );
});
