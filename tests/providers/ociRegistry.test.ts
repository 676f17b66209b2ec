import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Registry } from "../../lib/registry/client.ts";
import { imageLabels, pushImage } from "../../lib/registry/image.ts";
import { registryServer } from "../../sandbox/emulators/registry/registry.ts";

const login = { username: "robot", password: "a pass:word" };
const sha = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const content = Buffer.from("the layer");
const image = {
  layer: gzipSync(content),
  contentDigest: sha(content),
  labels: { "org.opencontainers.image.revision": "a".repeat(40) },
};

describe("the sandbox's registry", () => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-registry-"));
  let server = registryServer({ folder, login });
  let host = "";
  const start = async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };
  before(start);
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const client = () => new Registry(host, { credentials: login });
  const name = "jaybrto/mesh-six-a";

  test("takes an image and tells its digest by tag and by digest", async () => {
    const digest = await pushImage(client(), name, "content-1", image);
    assert.equal(await client().digest(name, "content-1"), digest);
    assert.equal(await client().digest(name, digest), digest);
    assert.deepEqual(await imageLabels(client(), name, digest), image.labels);
  });

  test("gives the same content the same digest, and has no other tag or repository", async () => {
    const digest = await pushImage(client(), name, "content-2", image);
    assert.equal(await client().digest(name, "content-1"), digest);
    assert.equal(await client().digest(name, "content-3"), undefined);
    assert.equal(await client().digest("jaybrto/mesh-six-b", "content-1"), undefined);
  });

  test("refuses requests without a login, or with a wrong one", async () => {
    for (const credentials of [undefined, { ...login, password: "wrong" }]) {
      const stranger = new Registry(host, { credentials });
      await assert.rejects(stranger.digest(name, "content-1"), /got status 401; give a login /);
      await assert.rejects(pushImage(stranger, name, "content-4", image), /got status 401; check the login/);
    }
    assert.equal(await client().digest(name, "content-4"), undefined);
  });

  test("refuses content with another digest, and a manifest that names what is not there", async () => {
    const begun = await client().send(name, { method: "POST", path: "blobs/uploads/" });
    const path = `${begun.headers["location"] ?? ""}?digest=${sha(Buffer.from("other"))}`;
    const put = await client().send(name, { method: "PUT", path, body: content });
    assert.deepEqual([put.status, /DIGEST_INVALID/.test(put.body)], [400, true]);
    const body = Buffer.from(JSON.stringify({ config: { digest: sha(Buffer.from("nowhere")) }, layers: [] }));
    const manifest = await client().send(name, { method: "PUT", path: "manifests/x", body });
    assert.deepEqual([manifest.status, /MANIFEST_BLOB_UNKNOWN/.test(manifest.body)], [400, true]);
  });

  test("keeps its images when it is started again", async () => {
    const digest = await client().digest(name, "content-1");
    server.closeAllConnections();
    server.close();
    server = registryServer({ folder, login });
    await start();
    assert.equal(await client().digest(name, "content-1"), digest);
  });
});

describe("registries of other makes", () => {
  const manifest = JSON.stringify({ schemaVersion: 2 });
  const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
    "/v2/no-header/manifests/v1": (response) => response.writeHead(200).end(manifest),
    "/v2/forbidden/manifests/v1": (response) => response.writeHead(403).end(),
    "/v2/busy/manifests/v1": (response) => response.writeHead(429).end(),
    "/v2/strange/manifests/v1": (response) =>
      response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end(),
    "/token": (response) => response.writeHead(200).end("<html>"),
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://registry");
    (answers[pathname] ?? ((other) => other.writeHead(404).end()))(response);
  });
  let host = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => {
    server.close();
  });

  test("without the header tell the digest by the manifest itself", async () => {
    assert.equal(await new Registry(host).digest("no-header", "v1"), sha(Buffer.from(manifest)));
  });

  for (const [repository, words] of [
    ["forbidden", /got status 403; give a login that may pull this image /],
    ["busy", /got status 429; wait until /],
    ["strange", /got status 401; give a login /],
  ] as const) {
    test(`refuse ${repository} with what to do next`, async () => {
      await assert.rejects(new Registry(host).digest(repository, "v1"), words);
    });
  }
});
