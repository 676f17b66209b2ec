import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient } from "../../../sandbox/services/apiClient.ts";
import { ensureCertificates } from "../../../sandbox/place/certificates.ts";
import { prepareDirectory, sandboxDirectory } from "../../../sandbox/place/directory.ts";
import { Ports } from "../../../sandbox/place/ports.ts";
import { receiver } from "../../../sandbox/services/nodeService.ts";
import type { Service, ServiceContext } from "../../../sandbox/services/service.ts";
import { startServices, stopServices, whatEnded } from "../../../sandbox/services/start.ts";
import { Supervisor } from "../../../sandbox/services/supervisor.ts";

const directory = sandboxDirectory(mkdtempSync(join(tmpdir(), "mesh-six-start-")));
prepareDirectory(directory);
const supervisor = new Supervisor(directory);
const ports = new Ports(directory);
const port = (name: string) => ports.remembered(name) ?? 0;
const context = { directory, port } as ServiceContext;
const strangers: Server[] = [];
after(() => {
  for (const stranger of strangers) stranger.close();
  rmSync(directory.root, { recursive: true, force: true });
});

/** A server on its port that answers with the port of the service it needs. */
function service(name: string, needs: string, prepare: Service["prepare"]): Service {
  const code = `require("node:http").createServer((_, answer) => answer.end(process.argv[2])).listen(process.argv[1], "127.0.0.1")`;
  return {
    name,
    after: [],
    listens: true,
    ...(prepare ? { prepare } : {}),
    launch: () => ({ argv: [process.execPath, "-e", code, String(port(name)), String(port(needs))] }),
    probe: async () => void (await fetch(`http://127.0.0.1:${String(port(name))}`)),
  };
}

test("a service whose port is taken at the last moment gets another, and who needs it hears of it", async () => {
  let wanted: number | undefined;
  const first = service("first", "first", async () => {
    if (wanted !== undefined) return;
    wanted = port("first");
    const stranger = createServer((socket) => socket.destroy()).listen(wanted, "127.0.0.1");
    strangers.push(stranger);
    await once(stranger, "listening");
  });
  const second = service("second", "first", undefined);
  const said: string[] = [];
  const services = [first, second];
  try {
    const started = await startServices(services, context, supervisor, ports, (line) => said.push(line));
    assert.deepEqual(started.sort(), ["first", "second"]);
    assert.notEqual(port("first"), wanted);
    assert.deepEqual(said, [
      `Port ${String(wanted)} of first was taken by another program: it is now ${String(port("first"))}.`,
    ]);
    const answer = await fetch(`http://127.0.0.1:${String(port("second"))}`);
    assert.equal(await answer.text(), String(port("first")));
    assert.equal(whatEnded(services, supervisor), undefined);
    await stopServices([second], supervisor);
    assert.match(
      whatEnded(services, supervisor) ?? "",
      /^second ended meanwhile: run the same command again/,
    );
  } finally {
    await stopServices(services, supervisor);
  }
});

test("a service whose port was a passing connection's starts on that port all the same", async () => {
  let stranger: Server | undefined;
  let attempts = 0;
  const third = service("third", "third", async () => {
    attempts += 1;
    if (attempts > 1) return;
    stranger = createServer((socket) => socket.destroy()).listen(port("third"), "127.0.0.1");
    await once(stranger, "listening");
  });
  const probe = async () => {
    if (stranger?.listening) {
      while (supervisor.find("third")) await sleep(10);
      stranger.close();
      await once(stranger, "close");
      throw new Error("does not answer yet");
    }
    await third.probe?.(context);
  };
  const services = [{ ...third, probe }];
  const said: string[] = [];
  try {
    await startServices(services, context, supervisor, ports, (line) => said.push(line));
    assert.equal(attempts, 2);
    assert.deepEqual(said, []);
  } finally {
    await stopServices(services, supervisor);
  }
});

test("an API server that ends while it is asked is named, with what to do", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port: gone } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  await ensureCertificates(directory);
  const client = new ApiClient(directory, gone);
  await assert.rejects(
    client.get("/api/v1/namespaces"),
    /^Error: The sandbox's API server does not answer \(connect ECONNREFUSED .*Run the same command again/,
  );
  client.close();
});

test("a service is prepared where none before it has made the data's folder, as with a database that is brought", async () => {
  const credentials = { existing: { kubeconfig: { path: "elsewhere" } } };
  await receiver.prepare?.({ directory, port, credentials } as unknown as ServiceContext);
  assert.ok(existsSync(`${directory.data("receiver")}.json`));
});
