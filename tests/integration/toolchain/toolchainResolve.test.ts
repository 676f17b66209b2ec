import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { crds } from "../../../toolchain/parts/crds.ts";
import sources from "../../../toolchain/crds/sources.json" with { type: "json" };
import { openContext } from "../../../toolchain/parts/part.ts";
import { kwok, servers } from "../../../toolchain/obtain/releases.ts";
import { resolveToolchain } from "../../../toolchain/resolve.ts";
import { versions } from "../../../toolchain/versions.ts";

// A machine with a Pulumi CLI, no Go and a network; small scripts stand for the binaries, the CRDs are the real ones.
const folder = mkdtempSync(join(tmpdir(), "toolchain-resolve-"));
const files = new Map<string, Buffer>();
const server = createServer((request, response) => {
  const content = files.get(request.url ?? "");
  response.writeHead(content === undefined ? 404 : 200).end(content ?? "");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const real = await crds
  .obtain(openContext(() => undefined, new AbortController().signal))
  .catch((error: Error) => error);

/** The real CRDs as their projects' tags serve them, and a release of each program. */
function publish(): void {
  assert.ok(!(real instanceof Error));
  for (const [project, source] of Object.entries(sources)) {
    const copies = real[project as keyof typeof sources];
    Object.keys(source.files).forEach((path, i) => {
      const url = `/raw.githubusercontent.com/${source.repository}/${source.version}/${path}`;
      files.set(url, readFileSync(copies[i] ?? assert.fail()));
    });
  }
  for (const { program, url, checksum, member } of [...kwok.assets, ...servers.assets]) {
    const script = `#!/bin/sh\necho ${program}\n`;
    const content = member === undefined ? Buffer.from(script) : archive(member, script);
    const digest = createHash("sha256").update(content).digest("hex");
    const api = JSON.stringify({ assets: [{ name: basename(url), digest: `sha256:${digest}` }] });
    const list = `${digest}  ${basename(url)}\n`;
    files.set(url.replace("https://", "/"), content);
    files.set(checksum.url.replace("https://", "/"), Buffer.from(checksum.url.includes("api.") ? api : list));
  }
}

function archive(member: string, script: string): Buffer {
  mkdirSync(join(folder, "archive", dirname(member)), { recursive: true });
  writeFileSync(join(folder, "archive", member), script);
  return spawnSync("tar", ["-czf", "-", "-C", join(folder, "archive"), dirname(member)]).stdout;
}

const skip =
  real instanceof Error ? { skip: real.message } : process.platform === "linux" ? {} : { skip: "Linux only" };

test(
  "a machine with a Pulumi CLI and a network gets everything by download, and afterwards asks nobody",
  skip,
  async () => {
    publish();
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\necho v${versions.engine}\n`);
    chmodSync(join(bin, "pulumi"), 0o755);
    process.env["PATH"] = `${bin}:/usr/bin:/bin`;
    process.env["XDG_CACHE_HOME"] = join(folder, "cache");
    process.env["GOMODCACHE"] = join(folder, "modules");
    process.env["PULUMI_HOME"] = join(folder, "pulumi");
    process.env["MESH_SIX_DOWNLOADS"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lines: string[] = [];
    const options = { progress: (line: string) => void lines.push(line), installPlugins: false };
    const toolchain = await resolveToolchain(options);
    assert.deepEqual(toolchain.engine, {
      command: join(bin, "pulumi"),
      version: versions.engine,
      source: "path",
    });
    assert.equal(toolchain.controlPlaneSource, "downloaded");
    assert.equal(toolchain.languageHost, undefined);
    for (const [argv, name] of [
      [toolchain.etcd, "etcd"],
      [toolchain.kubeApiserver, "kube-apiserver"],
      [toolchain.kubeControllerManager, "kube-controller-manager"],
      [toolchain.kubeScheduler, "kube-scheduler"],
      [toolchain.kubectl, "kubectl"],
      [toolchain.kwok, "kwok"],
    ] as const) {
      const [program = "", ...rest] = argv;
      assert.equal(spawnSync(program, rest, { encoding: "utf8" }).stdout, `${name}\n`);
    }
    const kinds = Object.values(toolchain.crds).flatMap((paths) =>
      paths.map(
        (path) => readFileSync(path, "utf8").match(/^kind: CustomResourceDefinition$/gm)?.length ?? 0,
      ),
    );
    assert.equal(
      kinds.reduce((sum, n) => sum + n, 0),
      5 + 10 + 2 + 23,
    );
    assert.ok(
      lines.every((line) => /^\[[12]\/2\] /.test(line)),
      lines.join("\n"),
    );

    server.close();
    server.closeAllConnections();
    lines.length = 0;
    assert.deepEqual(await resolveToolchain(options), toolchain);
    assert.deepEqual(lines, []);
  },
);
