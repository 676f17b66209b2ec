import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/mesh-six";
const resource = { name: "applications", kind: "Application", namespaced: true };

/** An API server that has nothing but the Application argocd/mesh-six, and answers as a test wants it. */
export interface ApplicationServer {
  /** Faults of the next reads: a status that refuses, or a line that is cut. */
  faults: (number | "cut" | "none")[];
  /** Merge patches as they came in; none changes anything. */
  readonly patches: unknown[];
  readonly access: { readonly kubeconfig: string; readonly context: "" };
  close(): void;
}

/** @param live - the Application as it is at the moment */
export async function startApplicationServer(live: () => object): Promise<ApplicationServer> {
  const patches: unknown[] = [];
  const own: Pick<ApplicationServer, "faults"> = { faults: [] };
  const server = createServer((request, response) => {
    const { url = "", method } = request;
    const at = url.split("?")[0];
    if (method === "PATCH") {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => patches.push(JSON.parse(body)));
    }
    if (at === "/apis/argoproj.io/v1alpha1") return response.end(JSON.stringify({ resources: [resource] }));
    if (at !== path) return response.writeHead(404).end("{}");
    const fault = method === "GET" ? own.faults.shift() : undefined;
    if (fault === "cut") return response.destroy();
    if (typeof fault === "number") return response.writeHead(fault).end("{}");
    return response.end(JSON.stringify(live()));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const kubeconfig = {
    clusters: [
      { name: "c", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
    ],
    users: [{ name: "u", user: { token: "canary" } }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  };
  return Object.assign(own, {
    patches,
    access: { kubeconfig: JSON.stringify(kubeconfig), context: "" as const },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}
