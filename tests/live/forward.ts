import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { type KubeConfig, PortForward } from "@kubernetes/client-node";

/** A port of a pod, reachable on this machine. */
export interface Forwarded {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /**
   * The cluster's error when it could not hand a connection on; empty if there was none.
   *
   * @param since - by `performance.now()`: an error from before explains nothing that is asked now
   */
  readonly trouble: (since: number) => string;
  readonly close: () => void;
}

/** Forwards as `kubectl port-forward` does: each connection made here becomes one to the pod's port. */
export async function forward(
  config: KubeConfig,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
): Promise<Forwarded> {
  let last = { at: 0, text: "" };
  const trouble = (text: string) => (last = { at: performance.now(), text });
  const sockets = new Set<Socket>();
  /** Those for which the cluster has not yet made the way to the pod. */
  const waiting = new Set<Socket>();
  const portForward = new PortForward(config);
  const target = `${pod.name}:${String(pod.port)}`;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    waiting.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
    const errors = new PassThrough();
    errors.on("data", (chunk: Buffer) => trouble(chunk.toString("utf8").trim()));
    portForward.portForward(pod.namespace, pod.name, [pod.port], socket, errors, socket).then(
      (connection) => {
        waiting.delete(socket);
        const remote = typeof connection === "function" ? connection() : connection;
        // The pod's side has ended: what was asked here gets no further answer.
        if (remote !== null) {
          remote.addEventListener("close", () => socket.end());
          remote.addEventListener("error", () => socket.destroy());
          if (socket.destroyed) remote.close();
          else socket.on("close", () => remote.close());
        }
      },
      (error: unknown) => {
        trouble(`port-forward to ${target} was refused: ${words(error)}`);
        socket.destroy();
      },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    trouble(since) {
      if (last.at >= since) return last.text;
      return waiting.size > 0 ? `the cluster does not make the port-forward to ${target}` : "";
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The WebSocket client rejects with an event around the error. */
function words(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  return typeof message === "string" && message !== "" ? message : String(error);
}
