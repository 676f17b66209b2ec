import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { after, before, describe, test } from "node:test";
import { KubeConfig } from "@kubernetes/client-node";
import { type WebSocket, WebSocketServer } from "ws";
import { forward } from "../../live/forward.ts";

/** An API server that forwards to pods of its own invention, by Kubernetes' channels over a WebSocket. */
const server = createServer();
const sockets = new WebSocketServer({ noServer: true });
const unanswered: Duplex[] = [];
const channel = (number: number, data: string | Buffer) =>
  Buffer.concat([Buffer.of(number), Buffer.from(data)]);

/** A pod's reaction to the first bytes of a connection. */
const pods: Readonly<Record<string, (socket: WebSocket) => void>> = {
  answers: (socket) => socket.send(channel(0, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")),
  "dies-in-the-middle"(socket) {
    socket.send(channel(0, "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhel"));
    socket.terminate();
  },
  "listens-nowhere"(socket) {
    socket.send(channel(1, "connection refused"));
    socket.close();
  },
};

server.on("upgrade", (request, socket, head) => {
  const name = /pods\/([^/]+)\/portforward/.exec(request.url ?? "")?.[1] ?? "";
  if (name === "unreachable") {
    unanswered.push(socket);
    return;
  }
  const pod = pods[name];
  if (pod === undefined) {
    socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (connection) => {
    const port = Buffer.alloc(2);
    for (const number of [0, 1]) connection.send(channel(number, port));
    connection.once("message", () => pod(connection));
  });
});

describe("a port-forward", () => {
  const config = new KubeConfig();
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    config.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "u" });
  });
  after(() => {
    for (const socket of sockets.clients) socket.terminate();
    for (const socket of unanswered) socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  /** The answer to a request, and the cluster's error for it. */
  async function ask(name: string, signal?: AbortSignal) {
    const forwarded = await forward(config, { namespace: "mesh-six", name, port: 3000 });
    const begin = performance.now();
    try {
      const answer = await fetch(forwarded.url, { signal: signal ?? null }).then((response) =>
        response.text(),
      );
      return { answer, trouble: forwarded.trouble(begin) };
    } catch (error) {
      return {
        answer: error,
        trouble: forwarded.trouble(begin),
        later: forwarded.trouble(performance.now()),
      };
    } finally {
      forwarded.close();
    }
  }

  test("hands on what is asked and answered", async () => {
    assert.deepEqual(await ask("answers"), { answer: "hello", trouble: "" });
  });

  test("ends the answer when it ends in the middle of it", async () => {
    assert.ok((await ask("dies-in-the-middle")).answer instanceof Error);
  });

  test("gives the cluster's error where nothing listens, and not for later requests", async () => {
    const { answer, trouble, later } = await ask("listens-nowhere");
    assert.ok(answer instanceof Error);
    assert.deepEqual({ trouble, later }, { trouble: "connection refused", later: "" });
  });

  test("is not the pod's fault where the cluster does not make it", async () => {
    const { trouble } = await ask("unreachable", AbortSignal.timeout(200));
    assert.equal(trouble, "the cluster does not make the port-forward to unreachable:3000");
  });

  test("to a pod that is gone is refused, with its name", async () => {
    const { trouble } = await ask("gone");
    assert.match(trouble, /^port-forward to gone:3000 was refused: .*404/);
  });
});
