import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, beforeEach, mock, test } from "node:test";
import { engine } from "../../../toolchain/parts/engine.ts";
import { openContext } from "../../../toolchain/parts/part.ts";
import { versions } from "../../../toolchain/versions.ts";

// npm and Pulumi's web site only pretend here: what is tested is when the launcher is asked, and what follows.
const base = mkdtempSync(join(tmpdir(), "toolchain-launcher-"));
const path = process.env["PATH"] ?? "";
let home: string;
let lines: string[];
let count = 0;
const answer = mock.method(globalThis, "fetch");
after(() => {
  mock.restoreAll();
  rmSync(base, { recursive: true, force: true });
});

beforeEach(() => {
  home = join(base, `machine-${++count}`);
  mkdirSync(join(home, "bin"), { recursive: true });
  process.env["PULUMI_HOME"] = join(home, ".pulumi");
  process.env["XDG_CACHE_HOME"] = join(home, ".cache");
  process.env["PATH"] = `${join(home, "bin")}${delimiter}${path}`;
  delete process.env["MESH_SIX_DOWNLOADS"];
  lines = [];
  answer.mock.mockImplementation(() => Promise.resolve(new Response("#!/bin/sh")));
});

const context = () => ({
  ...openContext((line) => lines.push(line), new AbortController().signal),
  // Reached only when the engine would be built.
  go: () => Promise.reject(new Error("Go was asked for")),
});

function npm(script: string): void {
  const file = join(home, "bin/npm");
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${home}/calls\n${script}\n`);
  chmodSync(file, 0o755);
}

const installs = `
mkdir -p $PULUMI_HOME/versions/$PULUMI_VERSION/bin
printf '#!/bin/sh\\necho v%s\\n' $PULUMI_VERSION > $PULUMI_HOME/versions/$PULUMI_VERSION/bin/pulumi
chmod +x $PULUMI_HOME/versions/$PULUMI_VERSION/bin/pulumi`;

test("takes the CLI that the official launcher installs, of the version asked for whatever PULUMI_VERSION says", async () => {
  npm(installs);
  process.env["PULUMI_VERSION"] = "3.1.0";
  const command = join(home, ".pulumi/versions", versions.engine, "bin/pulumi");
  const expected = { command, version: versions.engine, source: "launcher" };
  assert.deepEqual(await engine.obtain(context()), expected);
  delete process.env["PULUMI_VERSION"];
  const calls = readFileSync(join(home, "calls"), "utf8");
  assert.equal(calls, `exec --yes --package=pulumi@${versions.engine} -- pulumi version\n`);
  assert.deepEqual(await engine.find(), expected);
});

test("builds after one line with the launcher's reason when the launcher fails", async () => {
  npm(`echo "npm warn Unknown user config" >&2; echo "pulumi: HTTP 503 fetching install.sh" >&2; exit 1`);
  await assert.rejects(engine.obtain(context()), /Go was asked for/);
  const told = lines.filter((line) => line.includes("could not be downloaded"));
  assert.deepEqual(told, [
    "the engine could not be downloaded, so it is built (pulumi: HTTP 503 fetching install.sh)",
  ]);
});

test("does not take what the launcher left when that does not run", async () => {
  npm(`${installs}\necho "exit 1" > $PULUMI_HOME/versions/$PULUMI_VERSION/bin/pulumi`);
  await assert.rejects(engine.obtain(context()), /Go was asked for/);
});

test("does not even call the launcher when Pulumi's site does not answer", async () => {
  npm(installs);
  answer.mock.mockImplementation(() =>
    Promise.reject(new TypeError("fetch failed", { cause: new Error("no route") })),
  );
  await assert.rejects(engine.obtain(context()), /Go was asked for/);
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /could not be downloaded, so it is built \(https:\/\/get\.pulumi\.com.*no route\)/,
  );
  assert.ok(!existsSync(join(home, "calls")));
});

test("neither calls the launcher nor asks anybody when downloads are off or go to a mirror", async () => {
  npm(installs);
  for (const setting of ["off", "http://mirror.example"]) {
    process.env["MESH_SIX_DOWNLOADS"] = setting;
    const asked = answer.mock.callCount();
    await assert.rejects(engine.obtain(context()), /Go was asked for/);
    assert.equal(answer.mock.callCount(), asked);
    assert.ok(!existsSync(join(home, "calls")));
  }
});
