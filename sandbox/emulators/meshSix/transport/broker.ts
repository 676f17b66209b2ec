import { once } from "node:events";
import { createServer } from "node:http";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";

/** An MQTT broker over WebSocket, on a port of the kernel's choice. */
export interface Broker {
  /** Address a browser connects to. */
  readonly url: string;
  /** Sends to all who have subscribed, and to those who will. */
  publish(topic: string, message: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function startBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, path: "/ws" });
  sockets.on("connection", (socket, request) => {
    const stream = createWebSocketStream(socket);
    // A browser that is closed cuts its connection.
    stream.on("error", () => stream.destroy());
    aedes.handle(stream, request);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("the kernel gave no port");
  return {
    url: `ws://127.0.0.1:${String(address.port)}/ws`,
    publish: (topic, message) =>
      new Promise((resolve, reject) => {
        const payload = Buffer.from(JSON.stringify(message));
        aedes.publish({ cmd: "publish", topic, payload, qos: 0, retain: true, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      http.close();
      http.closeAllConnections();
      await once(http, "close");
    },
  };
}
