import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const reconciler = fileURLToPath(new URL("../../../sandbox/emulators/argocd/reconciler.ts", import.meta.url));
const applications = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
const application = {
  ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
  metadata: { name: "mesh-six", namespace: "argocd" },
  spec: { source: {}, destination: { namespace: "mesh-six" } },
};
const kinds: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "/apis/argoproj.io/v1alpha1": [["Application", "applications"]],
  "/api/v1": [
    ["Secret", "secrets"],
    ["ConfigMap", "configmaps"],
    ["PersistentVolumeClaim", "persistentvolumeclaims"],
  ],
  "/apis/batch/v1": [["CronJob", "cronjobs"]],
};

/** An API server with one Application; the first requests of the kind named fail. */
class Server {
  readonly failing: string;
  readonly status: Promise<string>;
  #failures = 0;
  #asked = 0;
  #said: ((status: string) => void) | undefined;

  constructor(failing: string) {
    this.failing = failing;
    this.status = new Promise((resolve) => (this.#said = resolve));
  }

  get failures(): number {
    return this.#failures;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://host");
    if (searchParams.has("watch")) {
      // Nothing ever happens.
      response.writeHead(200).flushHeaders();
      return;
    }
    const end = (code: number, body: unknown) => response.writeHead(code).end(JSON.stringify(body));
    const served = kinds[pathname];
    if (served !== undefined) {
      const resources = served.map(([kind, name]) => ({ kind, name, namespaced: true, verbs: [] }));
      return void end(200, { resources });
    }
    const what = `${request.method ?? ""} ${pathname}`;
    // The first list of Applications is that of the watch.
    const isLate = pathname !== applications || ++this.#asked > 1;
    if (what === this.failing && isLate && this.#failures < 2) {
      this.#failures += 1;
      return void end(500, { message: "the server is busy" });
    }
    if (request.method === "PATCH") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      if (text.includes('"status":"OutOfSync"')) this.#said?.(text);
    }
    const items = pathname === applications ? [application] : [];
    end(200, { items, metadata: { resourceVersion: "1" } });
  }
}

const places = {
  "the Applications are": `GET ${applications}`,
  "an object's kind is": "GET /api/v1/namespaces/mesh-six/secrets",
  "its status is": `PATCH ${applications}/mesh-six`,
};

for (const [what, failing] of Object.entries(places)) {
  test(`comes back to an Application where ${what} not to be read or written at first`, async () => {
    const server = new Server(failing);
    const http = createServer((request, response) => void server.answer(request, response));
    await once(http.listen(0, "127.0.0.1"), "listening");
    const folder = mkdtempSync(join(tmpdir(), "mesh-six-reconciler-"));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const { port } = http.address() as AddressInfo;
    const kubeconfig = JSON.stringify({
      "current-context": "it",
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      clusters: [{ name: "it", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "it", user: {} }],
    });
    const kubectl = file(
      "kubectl",
      '#!/bin/sh\necho "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"\n',
    );
    chmodSync(kubectl, 0o700);
    mkdirSync(join(folder, "overlay"));
    file("overlay/kustomization.yaml", "resources: []\n");
    const config = { kubeconfig: file("kubeconfig", kubeconfig), kubectl: [kubectl], gather: 10 };
    const path = file("config.json", JSON.stringify({ ...config, overlay: join(folder, "overlay") }));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", reconciler, path], {
      stdio: "ignore",
    });
    try {
      assert.match(await server.status, /"kind":"ConfigMap"/);
      assert.equal(server.failures, 2);
    } finally {
      child.kill("SIGKILL");
      http.closeAllConnections();
      http.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
