import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { BuildQueue } from "../../../toolchain/obtain/builds.ts";
import { cacheDirectory } from "../../../toolchain/obtain/cacheDirectory.mjs";
import { findGo } from "../../../toolchain/obtain/go.ts";
import { processStart } from "../../../lib/process/processStart.mjs";
import { build, findBuilt, openContext, type BuiltBinary } from "../../../toolchain/parts/part.ts";

// A module of one small file, built by the real Go: what matters here is how it is built, not what.
const folder = mkdtempSync(join(tmpdir(), "toolchain-build-"));
const reason = await findGo().then(
  () => undefined,
  (error: Error) => error.message,
);
const withGo = reason === undefined ? {} : { skip: reason };
const binary = (name: string): BuiltBinary => ({
  name,
  title: name,
  file: "bin/tool",
  links: ["other"],
  memory: 1e8,
  expected: "a few seconds",
  target: { directory: join(folder, name), package: ".", define: { "main.version": "1.2.3" } },
});
let lines: string[] = [];
const context = () => openContext((line) => lines.push(line), new AbortController().signal);

function module(name: string, code: string): BuiltBinary {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "go.mod"), "module example.test/tool\n\ngo 1.26.0\n");
  writeFileSync(join(folder, name, "main.go"), code);
  return binary(name);
}
const printing = `package main\n\nimport "os"\n\nvar version string\n\nfunc main() { os.Stdout.WriteString(os.Args[0] + " " + version) }\n`;

before(async () => {
  // Go's own cache lies under the same variable: it stays where it is, or the standard library is compiled again.
  if (reason === undefined) {
    const { command } = await findGo();
    process.env["GOCACHE"] = spawnSync(command, ["env", "GOCACHE"], { encoding: "utf8" }).stdout.trim();
  }
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("builds a module once, with the version put in, and links its further names to it", withGo, async () => {
  const tool = module("once", printing);
  lines = [];
  assert.equal(await findBuilt(tool), undefined);
  const directory = await build(tool, context());
  const called = spawnSync(join(directory, "bin/other"), { encoding: "utf8" });
  assert.equal(called.stdout, `${join(directory, "bin/other")} 1.2.3`);
  assert.match(lines[0] ?? "", /^building the once with go1\.\S+ … \(a few seconds\)$/);
  lines = [];
  assert.equal(await findBuilt(tool), directory);
  assert.equal(await build(tool, context()), directory);
  assert.deepEqual(lines, []);
});

test("builds again when a source file changes", withGo, async () => {
  const tool = module("changed", printing);
  const first = await build(tool, context());
  writeFileSync(join(folder, "changed/main.go"), printing.replace('" "', '" is "'));
  assert.equal(await findBuilt(tool), undefined);
  assert.notEqual(await build(tool, context()), first);
});

test("is not disturbed by GOFLAGS, GOOS, GOWORK and CGO_ENABLED of the user", withGo, async () => {
  const tool = module("flags", printing);
  const mine = {
    GOFLAGS: "-mod=vendor -tags=nothing",
    GOOS: "plan9",
    GOWORK: "/nowhere/go.work",
    CGO_ENABLED: "1",
  };
  const before = Object.keys(mine).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, mine);
  try {
    const directory = await build(tool, context());
    assert.equal(spawnSync(join(directory, "bin/tool")).status, 0);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("passes Go's own words on when a build fails, and leaves nothing that looks built", withGo, async () => {
  const tool = module("broken", "package main\n\nfunc main() { undefinedFunction() }\n");
  await assert.rejects(build(tool, context()), /undefined: undefinedFunction/);
  assert.equal(await findBuilt(tool), undefined);
});

/** The same build in a process of its own. */
function elsewhere(name: string) {
  const part = JSON.stringify(join(import.meta.dirname, "../../../toolchain/parts/part.ts"));
  const code = `
    const { build, openContext } = await import(${part});
    const context = openContext((line) => console.log(line), new AbortController().signal);
    console.log("at " + await build(${JSON.stringify(binary(name))}, context));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return { child, output: () => output };
}

test("two processes that need the same binary build it once", withGo, async () => {
  module("twice", printing);
  const both = [elsewhere("twice"), elsewhere("twice")];
  await Promise.all(both.map(({ child }) => once(child, "close")));
  const outputs = both.map(({ output }) => output());
  assert.equal(outputs.filter((output) => output.includes("building the twice")).length, 1);
  assert.equal(new Set(outputs.map((output) => /^at .*$/m.exec(output)?.[0])).size, 1);
});

test("builds again after a build was killed, and clears up after it", withGo, async () => {
  const tool = module("killed", printing);
  const { child, output } = elsewhere("killed");
  while (!output().includes("building")) await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await findBuilt(tool), undefined);
  const directory = await build(tool, context());
  assert.equal(spawnSync(join(directory, "bin/tool")).status, 0);
  const left = readdirSync(cacheDirectory()).filter((name) => name.startsWith("killed-"));
  assert.equal(left.length, 1);
});

test("a termination ends the program that is being run, and then this process", async () => {
  const run = JSON.stringify(join(import.meta.dirname, "../../../lib/process/run.ts"));
  const code = `
    const { run } = await import(${run});
    const both = [run("sh", ["-c", "echo $$ > a; exec sleep 600"]), run("sh", ["-c", "echo $$ > b; exec sleep 600"])];
    await Promise.all(both);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: folder,
    stdio: "ignore",
  });
  const pids = async () => {
    for (;;) {
      const texts = ["a", "b"].map(
        (name) => spawnSync("cat", [join(folder, name)], { encoding: "utf8" }).stdout,
      );
      if (texts.every((text) => text.endsWith("\n"))) return texts.map(Number);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const children = await pids();
  child.kill("SIGTERM");
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.equal(signal, "SIGTERM");
  while (children.some((pid) => processStart(pid) !== undefined))
    await new Promise((resolve) => setTimeout(resolve, 20));
});

test("builds side by side compile what they have in common once, before either of them", withGo, async () => {
  const go = await findGo();
  const log = join(folder, "commands");
  const command = join(folder, "go");
  writeFileSync(command, `#!/bin/sh\necho "$@" >> '${log}'\nexec '${go.command}' "$@"\n`, { mode: 0o755 });
  mkdirSync(join(folder, "common"));
  writeFileSync(join(folder, "common/go.mod"), "module example.test/common\n\ngo 1.26.0\n");
  writeFileSync(join(folder, "common/text.go"), 'package common\n\nconst Text = "common"\n');
  const using = `package main\n\nimport (\n\t"example.test/common"\n\t"os"\n)\n\nfunc main() { os.Stdout.WriteString(common.Text) }\n`;
  const tools = ["left", "right"].map((name) => {
    const tool = module(name, using);
    appendFileSync(
      join(folder, name, "go.mod"),
      "\nrequire example.test/common v1.0.0\n\nreplace example.test/common => ../common\n",
    );
    return tool;
  });
  const open = openContext(() => undefined, new AbortController().signal, true);
  const built = await Promise.all(
    tools.map((tool) => build(tool, { ...open, go: () => Promise.resolve({ ...go, command }) })),
  );
  for (const directory of built)
    assert.equal(spawnSync(join(directory, "bin/tool"), { encoding: "utf8" }).stdout, "common");
  const builds = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("build "))
    .map((line) => line.split(" ").at(-1));
  assert.deepEqual(builds, ["std", "example.test/common", ".", "."]);
});

test("builds that wait do not start once another part has failed", withGo, async () => {
  const abort = new AbortController();
  const builds = new BuildQueue(abort.signal, 1e8);
  const open = { ...openContext((line) => lines.push(line), abort.signal), builds };
  const first = builds.run(1e8, () => Promise.reject(new Error("first failed")));
  const second = build(module("never", printing), open);
  await assert.rejects(
    first.catch((error: unknown) => {
      abort.abort(error);
      throw error;
    }),
    /first failed/,
  );
  await assert.rejects(second, /first failed/);
  assert.equal(await findBuilt(binary("never")), undefined);
});
