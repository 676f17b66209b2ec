import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, beforeEach, test } from "node:test";

// A project of its own with an npm that only pretends: what is tested is when npm runs, and what happens around it.
const base = mkdtempSync(join(tmpdir(), "toolchain-start-"));
const source = join(import.meta.dirname, "../../..");
let project: string;
let count = 0;
after(() => rmSync(base, { recursive: true, force: true }));

/** The Node a person may have is older than the project's own; without one, the own one starts itself. */
const systemNode =
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"))
    .find(existsSync) ?? process.execPath;

beforeEach(() => {
  project = join(base, `project-${++count}`);
  for (const file of [
    "toolchain/start.mjs",
    "toolchain/node/npm.mjs",
    "toolchain/node/lazyModules.cjs",
    "lib/network/proxy.mjs",
    "toolchain/obtain/cacheDirectory.mjs",
    "lib/process/lock.mjs",
    "lib/process/processStart.mjs",
  ]) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    copyFileSync(join(source, file), join(project, file));
  }
  symlinkSync(process.execPath, join(project, "real-node"));
  lockfile("1.0.0");
  npm(`${install}\nexit 0`);
  writeFileSync(
    join(project, "main.ts"),
    `const words: string = "hello"; console.log(words, process.argv[2]);`,
  );
});

/** The traces of `npm ci` as far as anybody can see them: the hidden lock file comes last. */
const install = `
echo run >> runs
rm -rf node_modules && mkdir -p node_modules/.bin && ln -s ../../real-node node_modules/.bin/node
sleep "\${FAKE_NPM_SECONDS:-0}"
cp package-lock.json node_modules/.package-lock.json`;

function npm(script: string): void {
  mkdirSync(join(project, "bin"), { recursive: true });
  writeFileSync(join(project, "bin/npm"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(project, "bin/npm"), 0o755);
}

function lockfile(version: string): void {
  const packages = {
    "": { version: "0.0.0" },
    "node_modules/a": { version, integrity: `sha512-${version}` },
  };
  writeFileSync(join(project, "package-lock.json"), JSON.stringify({ packages }));
}

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const path = `${join(project, "bin")}${delimiter}/usr/bin${delimiter}/bin`;
  return { ...process.env, PATH: path, XDG_CACHE_HOME: join(base, "cache"), ...more };
}

const start = (env = environment(), file = "main.ts") =>
  spawnSync(systemNode, ["toolchain/start.mjs", file, "you"], { cwd: project, env, encoding: "utf8" });
const runs = () => readFileSync(join(project, "runs"), "utf8").trim().split("\n").length;

function begin(env: NodeJS.ProcessEnv): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(systemNode, ["toolchain/start.mjs", "main.ts", "you"], {
    cwd: project,
    env,
    stdio: "ignore",
  });
  return { child, ended: once(child, "exit").then(([code]) => code as number | null) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("installs the dependencies once, then runs the TypeScript file with its arguments", () => {
  const first = start();
  assert.equal(first.stdout, "hello you\n", first.stderr);
  assert.match(first.stderr, /Installing the npm dependencies/);
  const second = start();
  assert.equal(second.stdout, "hello you\n");
  assert.equal(second.stderr, "");
  assert.equal(runs(), 1);
});

test("installs again when package-lock.json names another version", () => {
  start();
  lockfile("1.0.1");
  assert.equal(start().status, 0);
  assert.equal(runs(), 2);
});

test("does not mind an optional package for another platform", () => {
  start();
  const path = join(project, "package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, unknown> };
  lock.packages["node_modules/windows-only"] = { version: "1.0.0", optional: true };
  writeFileSync(path, JSON.stringify(lock));
  assert.equal(start().status, 0);
  assert.equal(runs(), 1);
});

test("two starts at once install once", async () => {
  const env = environment({ FAKE_NPM_SECONDS: "1" });
  const both = [begin(env), begin(env)];
  assert.deepEqual(await Promise.all(both.map(({ ended }) => ended)), [0, 0]);
  assert.equal(runs(), 1);
});

/** Waits until npm is in the middle, and its starter has written down which process it is. */
async function untilNpmWorks(): Promise<void> {
  const locks = join(base, "cache/mesh-six-infra/locks");
  await until(
    () =>
      existsSync(join(project, "node_modules/.bin/node")) &&
      readdirSync(locks).some((name) => name.endsWith(".running")),
  );
}

test("installs again after a kill in the middle, and ends the npm that was left over", async () => {
  npm(`echo $$ > npm-pid\n${install}`);
  const { child, ended } = begin(environment({ FAKE_NPM_SECONDS: "600" }));
  await untilNpmWorks();
  child.kill("SIGKILL");
  await ended;
  const orphan = Number(readFileSync(join(project, "npm-pid"), "utf8"));
  process.kill(orphan, 0);
  assert.equal(start().stdout, "hello you\n");
  await until(() => !alive(orphan));
  assert.equal(runs(), 2);
});

test("a termination ends npm too", async () => {
  npm(`echo $$ > npm-pid\n${install}`);
  const { child, ended } = begin(environment({ FAKE_NPM_SECONDS: "600" }));
  await untilNpmWorks();
  child.kill("SIGTERM");
  assert.equal(await ended, 143);
  const npmProcess = Number(readFileSync(join(project, "npm-pid"), "utf8"));
  await until(() => !alive(npmProcess));
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie whose new parent has not looked yet answers too.
  const stat = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return stat !== "" && !stat.startsWith("Z");
}

test("says in one line that npm is missing", () => {
  const folder = join(project, "only-node");
  mkdirSync(folder);
  const result = start(environment({ PATH: folder }));
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^npm is not on PATH: install it .*$/m);
  assert.ok(!result.stderr.includes("    at "), result.stderr);
});

test("says in one line that npm failed, after npm's own words, and does not run the file", () => {
  npm("echo 'npm error network' >&2; exit 7");
  const result = start();
  assert.equal(result.status, 1);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /npm error network\nnpm ci failed \(7;/);
});

test("says what to do when npm installed no Node because scripts are switched off", () => {
  npm(`${install}\nrm node_modules/.bin/node`);
  assert.match(start().stderr, /npm rebuild --ignore-scripts=false/);
});

test("says in one line that the cache folder cannot be written", () => {
  writeFileSync(join(base, "file"), "");
  const result = start(environment({ XDG_CACHE_HOME: join(base, "file/cache") }));
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^The cache folder cannot be written \(ENOTDIR: .*set XDG_CACHE_HOME .*\n$/);
});

test("keeps what is on this machine away from a proxy, and leaves everything else to it", () => {
  writeFileSync(join(project, "proxy.ts"), "console.log(process.env.NO_PROXY, process.env.no_proxy);");
  const said = (env: Record<string, string>) => start(environment(env), "proxy.ts").stdout;
  const proxy = "http://proxy.example:3128";
  assert.equal(
    said({ https_proxy: proxy, NO_PROXY: ".example,127.0.0.1" }),
    ".example,127.0.0.1,localhost,::1 .example,127.0.0.1,localhost,::1\n",
  );
  assert.equal(said({ HTTP_PROXY: proxy }), "127.0.0.1,localhost,::1 127.0.0.1,localhost,::1\n");
});

test("passes the exit code of the file on", () => {
  writeFileSync(join(project, "failing.ts"), "process.exitCode = 3;");
  assert.equal(start(environment(), "failing.ts").status, 3);
});

test("asks for a newer Node in one line", () => {
  // No older Node is at hand: the check itself is run with a version of that name.
  const preload = join(project, "old.cjs");
  writeFileSync(preload, `Object.defineProperty(process.versions, "node", { value: "18.20.0" });`);
  const result = start(environment({ NODE_OPTIONS: `--require ${preload}` }));
  assert.equal(result.status, 1);
  assert.match(result.stderr, /^Node 18\.20\.0 is too old: install Node 20 or newer .*\n$/);
});
