import { connect, createServer, type Socket } from "node:net";

/** Passes PostgreSQL's protocol through and counts how often the server was asked something. */
export interface CountingProxy {
  readonly port: number;
  /** Questions so far, the greeting of each session left out. */
  roundTrips(): number;
  close(): Promise<void>;
}

/** Listens on a port from the kernel; sessions must not use TLS. */
export async function startCountingProxy(serverPort: number): Promise<CountingProxy> {
  let ready = 0;
  let sessions = 0;
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    sessions += 1;
    const upstream = connect(serverPort, "127.0.0.1");
    const count = countReady(() => (ready += 1));
    upstream.on("data", count);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the kernel gave no port");
  return {
    port: address.port,
    // The server says it is ready once after the greeting and once after each question.
    roundTrips: () => ready - sessions,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

/** Calls back for each ReadyForQuery in a stream of messages: a type byte, a length, the rest. */
function countReady(found: () => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) return;
      if (rest[0] === "Z".charCodeAt(0)) found();
      rest = rest.subarray(length);
    }
  };
}
