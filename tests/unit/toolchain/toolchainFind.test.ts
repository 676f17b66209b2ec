import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { argocdPart } from "../../../toolchain/parts/argocd.ts";
import { engine, fits } from "../../../toolchain/parts/engine.ts";
import { findGo } from "../../../toolchain/obtain/go.ts";
import {
  findLanguageHost,
  installMissingPlugins,
  officialPlugins,
  wantedVersion,
} from "../../../toolchain/parts/plugins.ts";
import { compareVersions, versions } from "../../../toolchain/versions.ts";

const base = mkdtempSync(join(tmpdir(), "toolchain-find-"));
const path = process.env["PATH"] ?? "";
let home: string;
let bin: string;
let count = 0;

/** Each test has a machine of its own: an empty cache, an empty PULUMI_HOME and a first folder on PATH. */
beforeEach(() => {
  home = join(base, `machine-${++count}`);
  bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  process.env["PULUMI_HOME"] = join(home, ".pulumi");
  process.env["XDG_CACHE_HOME"] = join(home, ".cache");
  process.env["PATH"] = `${bin}${delimiter}${path}`;
  delete process.env["MESH_SIX_DOWNLOADS"];
});
after(() => rmSync(base, { recursive: true, force: true }));

function program(file: string, script: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const signal = new AbortController().signal;

test("takes engine versions from the tested one up to the next major version", () => {
  assert.deepEqual(["3.275.9", "3.276.0", "3.300.1", "4.0.0"].map(fits), [false, true, true, false]);
  assert.ok(compareVersions("3.9.0", "3.10.0") < 0);
});

test("takes the pulumi on PATH", async () => {
  const command = program(join(bin, "pulumi"), "echo v3.277.0");
  assert.deepEqual(await engine.find(), { command, version: "3.277.0", source: "path" });
});

test("passes over a pulumi that is too old, broken, or the npm launcher, and takes the newest the launcher fetched", async () => {
  const folder = join(home, ".pulumi/versions");
  program(join(bin, "pulumi"), "echo v3.90.0");
  program(join(home, ".pulumi/bin/pulumi"), "exit 1");
  const launcher = program(join(home, "node_modules/.bin/pulumi"), `touch ${home}/asked; echo v3.280.0`);
  process.env["PATH"] = `${dirname(launcher)}${delimiter}${process.env["PATH"] ?? ""}`;
  program(join(folder, "3.276.0/bin/pulumi"), "echo v3.276.0");
  const newest = program(join(folder, "3.278.0/bin/pulumi"), "echo v3.278.0");
  assert.deepEqual(await engine.find(), { command: newest, version: "3.278.0", source: "launcher" });
  assert.throws(() => readFileSync(join(home, "asked")), /ENOENT/);
});

test("finds no engine on a machine without one", async () => {
  assert.equal(await engine.find(), undefined);
});

test("names the Go that is too old, and where to get one", async () => {
  process.env["PATH"] = `${bin}${delimiter}/usr/bin${delimiter}/bin`;
  const command = program(join(bin, "go"), "echo go1.20.3; echo; echo");
  await assert.rejects(findGo([]), (error: Error) => {
    assert.match(
      error.message,
      new RegExp(`Go ${versions.go} or newer .*${command} go1\\.20\\.3.*go\\.dev/dl`),
    );
    assert.ok(!error.message.includes("\n"));
    return true;
  });
});

test("says so when there is no Go at all", async () => {
  process.env["PATH"] = bin;
  await assert.rejects(findGo([join(home, "nowhere/go")]), /Go 1\.26\.6 or newer .*none is on PATH/);
});

test("does not take an older Go whose settings forbid another toolchain", async () => {
  const command = program(join(home, "sdk/go"), "echo go1.25.1; echo; echo local");
  process.env["PATH"] = `${bin}${delimiter}/bin`;
  await assert.rejects(findGo([command]), /go1\.25\.1/);
});

test("takes a newer Go, and an older one that fetches the toolchain a module asks for", async () => {
  for (const answer of ["go1.27.1", "go1.26.6", "go1.22.0"]) {
    program(join(bin, "go"), `echo ${answer}; echo; echo auto`);
    assert.equal((await findGo()).version, answer);
  }
});

test("keeps of the user's GOFLAGS only what does not change the build", async () => {
  program(join(bin, "go"), `echo go1.26.6; echo "-mod=vendor -p=1 -race -modcacherw -tags=x"; echo local`);
  const { env } = await findGo();
  assert.equal(env["GOFLAGS"], "-p=1 -modcacherw -mod=readonly");
  assert.equal(env["CGO_ENABLED"], "0");
});

test("takes an official plugin of the wanted version, or a newer one of the same major version, never an unfinished one", async () => {
  const folder = join(home, ".pulumi/plugins");
  const install = (name: string, version: string) =>
    program(join(folder, `resource-${name}-v${version}`, `pulumi-resource-${name}`), "");
  const kubernetes = await wantedVersion("kubernetes");
  install("kubernetes", kubernetes);
  install("kubernetes", "4.999.0");
  install("github", "5.0.0");
  install("github", "6.999.0");
  install("random", "99.0.0");
  mkdirSync(join(folder, `resource-postgresql-v${await wantedVersion("postgresql")}`), { recursive: true });
  assert.deepEqual(await officialPlugins(), {
    kubernetes: join(folder, `resource-kubernetes-v${kubernetes}`),
    github: join(folder, "resource-github-v6.999.0"),
    postgresql: undefined,
    random: undefined,
  });
});

test("remembers that plugins could not be downloaded, and says so once", async () => {
  // A mirror of the user's own means that Pulumi's address is not asked first.
  process.env["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"] = "x";
  const fake = program(join(bin, "pulumi"), `echo "$@" >> ${home}/calls; echo "error: no route" >&2; exit 1`);
  const lines: string[] = [];
  const progress = (line: string) => void lines.push(line);
  await installMissingPlugins(fake, { progress, signal });
  assert.equal(lines.filter((line) => /could not be downloaded \(error: no route\)/.test(line)).length, 1);
  const calls = readFileSync(join(home, "calls"), "utf8");
  assert.match(calls, new RegExp(`^plugin install resource random ${await wantedVersion("random")}$`, "m"));
  const before = lines.length;
  await installMissingPlugins(fake, { progress, signal });
  assert.equal(readFileSync(join(home, "calls"), "utf8"), calls);
  assert.equal(lines.length, before);
  delete process.env["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"];
});

test("downloads no plugins when downloads are off", async () => {
  process.env["MESH_SIX_DOWNLOADS"] = "off";
  const fake = program(join(bin, "pulumi"), `touch ${home}/asked`);
  await installMissingPlugins(fake, { progress: () => assert.fail("said something"), signal });
  assert.throws(() => readFileSync(join(home, "asked")), /ENOENT/);
});

test("finds the language host beside the engine before the one on PATH", async () => {
  const onPath = program(join(bin, "pulumi-language-nodejs"), "");
  assert.equal(await findLanguageHost(join(home, "engine/pulumi")), onPath);
  const beside = program(join(home, "engine/pulumi-language-nodejs"), "");
  assert.equal(await findLanguageHost(join(home, "engine/pulumi")), beside);
});

test("takes the machine's Argo CD of the same major version, not an older one, and only with a kustomize", async () => {
  const says = (version: string) => program(join(bin, "argocd"), `echo "argocd: v${version}+abc"`);
  const command = says(versions.argocd);
  assert.equal(await argocdPart.find(), undefined);
  const kustomize = program(join(bin, "kustomize"), "");
  assert.deepEqual(await argocdPart.find(), { argocd: command, kustomize, source: "path" });
  for (const other of ["3.1.0", "4.0.0"]) {
    says(other);
    assert.equal(await argocdPart.find(), undefined, other);
  }
});
