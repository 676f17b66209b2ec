import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { cacheDirectory } from "../../../toolchain/obtain/cacheDirectory.mjs";
import { crds } from "../../../toolchain/parts/crds.ts";
import { openContext } from "../../../toolchain/parts/part.ts";
import { findRelease, kwok, obtainRelease, servers } from "../../../toolchain/obtain/releases.ts";
import type { Release } from "../../../toolchain/obtain/releases.ts";

// The local server stands for a mirror: https://host/path lies under /host/path, as MESH_SIX_DOWNLOADS has it.
const files = new Map<string, Buffer>();
const requests: { path: string; range: string | undefined }[] = [];
type Handler = (request: IncomingMessage, response: ServerResponse) => boolean;
/** Answers first, when set; says whether it did. */
let handler: Handler | undefined;

const server = createServer((request, response) => {
  const path = request.url ?? "";
  const range = request.headers.range;
  requests.push({ path, range });
  if (handler?.(request, response)) return;
  const content = files.get(path);
  if (content === undefined) return void response.writeHead(404).end("not here");
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  if (start >= content.length) return void response.writeHead(416).end();
  const rest = content.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, { "content-length": rest.length }).end(rest);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const folder = mkdtempSync(join(tmpdir(), "toolchain-downloads-"));
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const linux = process.platform === "linux" ? {} : { skip: "the servers are published for Linux only" };
let lines: string[];
let context: ReturnType<typeof openContext>;
let count = 0;

/** Each test has an empty cache, no Go, and a mirror that holds everything. */
beforeEach(() => {
  process.env["XDG_CACHE_HOME"] = join(folder, `cache-${++count}`);
  process.env["GOMODCACHE"] = join(folder, "no-modules");
  process.env["MESH_SIX_DOWNLOADS"] = mirror;
  lines = [];
  requests.length = 0;
  handler = undefined;
  files.clear();
  publish(servers);
  publish(kwok);
  const open = openContext((line) => lines.push(line), new AbortController().signal);
  context = { ...open, go: () => Promise.reject(new Error("Go was asked for")) };
});

const pathOf = (url: string) => url.replace("https://", "/");
const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** Puts small programs with the names and checksum files of the real release on the mirror. */
function publish(release: Release): void {
  for (const { program, url, checksum, member } of release.assets) {
    const script = Buffer.from(`#!/bin/sh\necho ${program}\n#${randomBytes(40_000).toString("hex")}\n`);
    const content = member === undefined ? script : archive(member, script);
    files.set(pathOf(url), content);
    const digest = sha256(content);
    const texts: Record<string, string> = {
      SHA256SUMS: `${"0".repeat(64)}  other.zip\n${digest}  ${basename(url)}\n`,
      [`${program}.sha256`]: digest,
    };
    const api = JSON.stringify({ assets: [{ name: basename(url), digest: `sha256:${digest}` }] });
    files.set(pathOf(checksum.url), Buffer.from(texts[basename(checksum.url)] ?? api));
  }
}

function archive(member: string, content: Buffer): Buffer {
  const root = mkdtempSync(join(folder, "archive-"));
  mkdirSync(join(root, member, ".."), { recursive: true });
  writeFileSync(join(root, member), content);
  writeFileSync(join(root, member, "..", "README.md"), "not wanted");
  // Real archives name their members without "./".
  const tar = spawnSync("tar", ["-czf", "-", "-C", root, member.split("/")[0] ?? ""], { maxBuffer: 1e9 });
  assert.equal(tar.status, 0);
  return tar.stdout;
}

const apiserver = () => pathOf(servers.assets[0]?.url ?? "");
const says = (program: string) => spawnSync(program, { encoding: "utf8" }).stdout.trim();

/** Expects that nothing was kept and one line says why. */
async function fallsBack(release: Release, reason: RegExp): Promise<void> {
  assert.equal(await obtainRelease(release, context), undefined);
  const told = lines.filter((line) => line.includes("could not be downloaded"));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", reason);
  assert.equal(findRelease(release), undefined);
}

test(
  "downloads all programs of the control plane, checked and executable, and needs no second download",
  linux,
  async () => {
    const directory = await obtainRelease(servers, context);
    assert.ok(directory !== undefined);
    for (const program of [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubectl",
    ]) {
      assert.equal(says(join(directory, program)), program);
    }
    assert.ok(!existsSync(join(directory, "README.md")));
    const asked = requests.length;
    assert.equal(await obtainRelease(servers, context), directory);
    assert.equal(findRelease(servers), directory);
    assert.equal(requests.length, asked);
  },
);

test("takes kwok's checksum from GitHub's own list of the release's files", async () => {
  const directory = await obtainRelease(kwok, context);
  assert.equal(says(join(directory ?? "", "kwok")), "kwok");
});

test(
  "falls back with one line when a file is not what its checksum says, and keeps nothing of it",
  linux,
  async () => {
    const promised = sha256(files.get(apiserver()) ?? assert.fail());
    files.set(apiserver(), Buffer.from("#!/bin/sh\necho something else\n"));
    await fallsBack(servers, /kube-apiserver: its SHA-256 is not the published one/);
    assert.ok(!existsSync(join(cacheDirectory(), "downloads", `${promised}.part`)));
    publish(servers);
    assert.ok((await obtainRelease(servers, context)) !== undefined);
  },
);

test("falls back with one line when there is no such file", linux, async () => {
  files.delete(apiserver());
  await fallsBack(servers, /kube-apiserver: HTTP 404/);
});

test("falls back with one line when no checksum is published", async () => {
  const { checksum } = kwok.assets[0] ?? assert.fail();
  files.set(pathOf(checksum.url), Buffer.from('{"message": "API rate limit exceeded"}'));
  await fallsBack(kwok, /holds no SHA-256 of kwok-/);
});

test("falls back with one line when nobody listens", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  process.env["MESH_SIX_DOWNLOADS"] = `http://127.0.0.1:${port}`;
  await fallsBack(kwok, /127\.0\.0\.1:\d+\/api\.github\.com.*ECONNREFUSED/);
});

test("does not wait forever when the server takes the connection and says nothing", async () => {
  handler = () => true;
  await fallsBack(kwok, /no answer for 6 s/);
});

/** Waits until that much of the download lies on the disk. */
async function untilWritten(content: Buffer, bytes: number): Promise<void> {
  const part = join(cacheDirectory(), "downloads", `${sha256(content)}.part`);
  while (!existsSync(part) || statSync(part).size < bytes)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

test("continues where a connection was cut", async () => {
  const { url } = kwok.assets[0] ?? assert.fail();
  const content = files.get(pathOf(url)) ?? assert.fail();
  let cut = 0;
  handler = (request, response) => {
    if (request.url !== pathOf(url) || ++cut > 1) return false;
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 50_000));
    // The bytes that have not reached the file when the connection goes are lost, and would be asked for again.
    void untilWritten(content, 50_000).then(() => response.destroy());
    return true;
  };
  assert.ok((await obtainRelease(kwok, context)) !== undefined);
  const ranges = requests.filter(({ path }) => path === pathOf(url)).map(({ range }) => range);
  assert.deepEqual(ranges, [undefined, "bytes=50000-"]);
});

test("continues after having been killed in the middle", async () => {
  const { url } = kwok.assets[0] ?? assert.fail();
  const content = files.get(pathOf(url)) ?? assert.fail();
  const half = new Promise<void>((resolve) => {
    handler = (request, response) => {
      if (request.url !== pathOf(url)) return false;
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 30_000), () => resolve());
      return true;
    };
  });
  const module = (name: string) => JSON.stringify(join(import.meta.dirname, "../../../toolchain", name));
  const code = `
    const { kwok, obtainRelease } = await import(${module("obtain/releases.ts")});
    const { openContext } = await import(${module("parts/part.ts")});
    await obtainRelease(kwok, openContext(() => {}, new AbortController().signal));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await half;
  await untilWritten(content, 30_000);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(findRelease(kwok), undefined);
  handler = undefined;
  requests.length = 0;
  assert.ok((await obtainRelease(kwok, context)) !== undefined);
  assert.deepEqual(requests.at(-1), { path: pathOf(url), range: "bytes=30000-" });
});

test("asks nobody when downloads are off, and says nothing about it", async () => {
  process.env["MESH_SIX_DOWNLOADS"] = "off";
  assert.equal(await obtainRelease(kwok, context), undefined);
  await assert.rejects(crds.obtain(context), /Go was asked for/);
  assert.deepEqual(requests, []);
  assert.ok(!lines.some((line) => line.includes("could not")));
});

test("refuses a mirror that is not an address", async () => {
  process.env["MESH_SIX_DOWNLOADS"] = "ftp://somewhere";
  await assert.rejects(obtainRelease(kwok, context), /MESH_SIX_DOWNLOADS is "ftp:\/\/somewhere", expected/);
});

test("turns to the Go modules, with one line, when the CRDs on the mirror are not byte for byte the pinned ones", async () => {
  handler = (request, response) => {
    response.end(`kind: CustomResourceDefinition # not ${request.url ?? ""}\n`);
    return true;
  };
  await assert.rejects(crds.obtain(context), /Go was asked for/);
  const told = lines.filter((line) => line.includes("could not be downloaded"));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /its SHA-256 is not the published one/);
});
