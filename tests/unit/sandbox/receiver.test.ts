import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(import.meta.dirname, "../../..");

describe("the sandbox's receiver, whose keys for the cluster are gone", () => {
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-receiver-"));
  let server: ChildProcess;
  let port = 0;
  before(async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    port = (probe.address() as AddressInfo).port;
    await new Promise((closed) => probe.close(closed));
    const config = join(folder, "receiver.json");
    writeFileSync(config, JSON.stringify({ port, directory: join(folder, "sandbox"), apiServerPort: 1 }));
    const file = join(root, "sandbox/emulators/receiver/server.ts");
    server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, config], {
      stdio: "ignore",
    });
  });
  after(async () => {
    if (server.exitCode === null) {
      server.kill();
      await once(server, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const health = () => fetch(`http://127.0.0.1:${String(port)}/healthz`).then(({ status }) => status);

  test("answers, and goes on after a client that went away in the middle of its request", async () => {
    for (;;) {
      assert.equal(server.exitCode, null);
      if ((await health().catch(() => 0)) === 200) break;
      await sleep(50);
    }
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    client.write("POST /webhooks/github HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nhalf");
    await sleep(200);
    client.resetAndDestroy();
    await sleep(200);
    assert.equal(server.exitCode, null);
    assert.equal(await health(), 200);
  });
});
