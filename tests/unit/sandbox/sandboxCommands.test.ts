import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { withLock } from "../../../sandbox/place/lock.ts";
import { startedBefore } from "../../../lib/process/processTable.ts";
import { inPlainFolder } from "../../../sandbox/services/postgres/binary.ts";
import { removeSandbox } from "../../../sandbox/place/reset.ts";
import { listItem } from "../../../sandbox/services/controllers.ts";
import { inOneLine, remedyFor } from "../../../sandbox/cli/trouble.ts";
import { execute } from "../../support/engine/sandbox.ts";

const base = mkdtempSync(join(tmpdir(), "mesh-six-commands-"));
after(() => rmSync(base, { recursive: true, force: true }));

const cli = join(import.meta.dirname, "../../../sandbox/cli/main.ts");
const run = (...args: string[]) =>
  execute(process.execPath, ["--disable-warning=ExperimentalWarning", cli, ...args], process.env);

test("no command touches a folder that holds something else than a sandbox", async () => {
  const folder = join(base, "mine");
  mkdirSync(folder);
  writeFileSync(join(folder, "notes"), "mine");
  for (const command of ["up", "down", "reset"]) {
    const outcome = await run(command, "--directory", folder);
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /mine is no sandbox: it holds notes\. Name an empty or a new folder/);
  }
  assert.equal(readFileSync(join(folder, "notes"), "utf8"), "mine");
  assert.deepEqual(readdirSync(folder), ["notes"]);
  const nowhere = await run("reset", "--directory", "");
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /--directory names no folder/);
});

test("down and reset have nothing to do, and make nothing, where nothing was ever started", async () => {
  const folder = join(base, "never");
  for (const command of ["down", "reset"]) {
    const outcome = await run(command, "--directory", folder);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal(outcome.stdout, "Nothing was running.\n");
  }
  assert.equal(existsSync(folder), false);
});

test("reset removes a sandbox whole, what a killed reset put aside too", async () => {
  const directory = sandboxDirectory(join(base, "whole"));
  mkdirSync(join(directory.root, "removed/data"), { recursive: true });
  mkdirSync(join(directory.data("postgres"), "cluster"), { recursive: true });
  writeFileSync(directory.mark, "");
  const outcome = await run("reset", "--directory", directory.root);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(outcome.stdout, `Nothing was running.\nRemoved ${directory.root}.\n`);
  assert.equal(existsSync(directory.root), false);
});

test("a command that waited for a reset works on what is there afterwards, alone", async () => {
  const directory = sandboxDirectory(join(base, "waited"));
  const order: string[] = [];
  let waiting = 0;
  const say = () => void (waiting += 1);
  const next = (name: string) =>
    withLock(directory, name, say, async () => {
      order.push(`${name} begins`);
      assert.ok(existsSync(directory.lock));
      await new Promise((resolve) => setTimeout(resolve, 300));
      order.push(`${name} ends`);
    });
  const followers: Promise<void>[] = [];
  await withLock(directory, "reset", say, async () => {
    followers.push(next("one"), next("two"));
    while (waiting < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    removeSandbox(directory);
  });
  await Promise.all(followers);
  assert.deepEqual([order[0]?.split(" ")[0], order[2]?.split(" ")[0]].sort(), ["one", "two"]);
  assert.deepEqual(
    order.map((line) => line.split(" ")[1]),
    ["begins", "ends", "begins", "ends"],
  );
});

for (const [what, args, code] of [
  ["a mistyped command", ["prevew"], 2],
  ["a mistyped option", ["up", "--hepl"], 2],
  ["logs before the first start", ["logs"], 1],
  ["a folder that is none", ["up", "--directory", join(cli, "inside")], 1],
] as const) {
  test(`with --json, ${what} fails with one document on stdout and one line on stderr`, async () => {
    const folder = args.includes("--directory" as never) ? [] : ["--directory", join(base, "json")];
    const outcome = await run(...args, ...folder, "--json");
    assert.equal(outcome.code, code, outcome.stderr);
    const { succeeded, failure } = JSON.parse(outcome.stdout) as { succeeded: boolean; failure: string };
    assert.equal(succeeded, false);
    assert.equal(outcome.stderr, `${failure}\n`);
  });
}

test("says what to do where the system refuses a file or has no room for it", () => {
  const refused = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), { code: "EACCES" });
  assert.match(inOneLine(refused), /^EACCES: permission denied, mkdir '\/x': .* --directory/);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  assert.match(inOneLine(full), /the disk is full\. Free some space/);
});

test("says what to do about an object that is there and a plugin that ended, and nothing about all else", () => {
  const said = (message: string) => [{ kind: "diagnostic", severity: "error", message } as const];
  const there =
    "Service x already exists; set upsertExistingObjects on the provider to take over what exists";
  assert.match(remedyFor(said(there), "/s/Pulumi.sandbox.yaml") ?? "", /mesh-six:adopt: "true".*\/s\/Pulumi/);
  assert.match(
    remedyFor(said("x exited prematurely"), "/s/Pulumi.sandbox.yaml") ?? "",
    /run the same command/,
  );
  assert.equal(remedyFor(said("the server does not answer"), "/s/Pulumi.sandbox.yaml"), undefined);
});

test("finds its files in a folder of any name, or says what is wrong with the name", () => {
  assert.equal(listItem("/a b/it's/ü#%/stages.yaml"), "/a b/it's/ü#%/stages.yaml");
  assert.equal(listItem('/a, b/"c"/stages.yaml'), '"/a, b/""c""/stages.yaml"');
  assert.equal(inPlainFolder("/a b/it's, ü#%/initdb"), "/a b/it's, ü#%/initdb");
  for (const name of ['"', "$", "`", "\\"]) {
    assert.throws(() => inPlainFolder(`/a${name}b/initdb`), /Move the clone to a folder without/);
  }
});

test("tells a process from an earlier one that had its number", () => {
  assert.equal(startedBefore(process.pid, Date.now()), true);
  assert.equal(startedBefore(process.pid, Date.now() - process.uptime() * 1_000 - 60_000), false);
});
