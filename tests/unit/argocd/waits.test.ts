import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { InitializationError } from "../../../lib/pulumi/initializationError.ts";
import { cancelOperation } from "../../support/engine/cancel.ts";
import { application } from "./wantedApplication.ts";

const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/mesh-six";
const resource = { name: "applications", kind: "Application", namespaced: true };
const named = { namespace: "argocd", name: "mesh-six" };

/** Faults of the next reads of the Application: a status that refuses, or a line that is cut. */
let faults: (number | "cut" | "none")[] = [];
/** The state of the Application's last sync. */
let phase = {};
/** Merge patches of the Application. */
const patches: unknown[] = [];
let server: Server;
let access: { readonly kubeconfig: string; readonly context: "" };

before(async () => {
  server = createServer(({ url = "", method }, response) => {
    const at = url.split("?")[0];
    if (at === "/apis/argoproj.io/v1alpha1") return response.end(JSON.stringify({ resources: [resource] }));
    if (at !== path) return response.writeHead(404).end("{}");
    const fault = method === "GET" ? faults.shift() : undefined;
    if (fault === "cut") return response.destroy();
    if (typeof fault === "number") return response.writeHead(fault).end("{}");
    return response.end(JSON.stringify(live()));
  });
  server.on("request", (request) => {
    if (request.method !== "PATCH") return;
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => patches.push(JSON.parse(body)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const kubeconfig = {
    clusters: [
      { name: "c", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
    ],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  };
  access = { kubeconfig: JSON.stringify(kubeconfig), context: "" };
});
after(() => {
  server.close();
  server.closeAllConnections();
});
afterEach(() => {
  faults = [];
  phase = {};
  patches.length = 0;
});

function live() {
  const { spec, ...rest } = application({ rest: { syncPolicy: { automated: { prune: true } } } });
  const compared = { status: "Synced", comparedTo: { source: spec.source } };
  return { ...rest, spec, status: { sync: compared, health: { status: "Healthy" }, ...phase } };
}

const synced = (waitMinutes: number) => ({
  ...{ ...access, application: named, source: "hash", objects: [], wait: true, waitMinutes },
});
const taken = () => ({
  ...{ ...access, adopt: true, application: named },
  objects: [{ apiVersion: "v1", kind: "ConfigMap", namespace: "mesh-six", name: "x" }],
});

test("a wait goes on where the API server is busy, broken, or out of reach for a while", async () => {
  faults = ["none", 429, 503, "cut"];
  assert.equal((await sync.create(synced(1))).id, "argocd/mesh-six");
  faults = ["none", "none", 429, 503, "cut"];
  const { outs } = await takeOver.create(taken());
  assert.deepEqual(outs?.foreign.automated, { prune: true });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    patches,
    [
      {
        metadata: {
          annotations: {
            "argocd.argoproj.io/refresh": "normal",
            "mesh-six/automated": JSON.stringify({ prune: true }),
          },
        },
        spec: { syncPolicy: { automated: null } },
      },
    ],
    "one write takes automated sync off and keeps what it was",
  );
});

test("a wait whose time is over tells the last error, and does not wait for a right", async () => {
  faults = ["none", ...Array<number>(20).fill(503)];
  await assert.rejects(
    sync.create(synced(0.02)),
    /expected Synced and Healthy within 0\.02 min, got Could not read Application argocd\/mesh-six: status 503; see/,
  );
  faults = ["none", 403];
  await assert.rejects(sync.create(synced(1)), /Could not read Application argocd\/mesh-six: status 403$/);
});

test("what was not waited for to the end is in the state, and is waited for again", async () => {
  faults = ["none", 403];
  const inputs = synced(1);
  const error: unknown = await sync.create(inputs).catch((cause: unknown) => cause);
  assert.ok(error instanceof InitializationError);
  assert.deepEqual([error.id, error.reasons], ["argocd/mesh-six", [error.message]]);
  const kept = error.properties as typeof inputs;
  assert.deepEqual({ ...kept, source: inputs.source }, inputs);
  assert.equal((await sync.diff("", kept, inputs)).changes, true);
  await sync.delete("", kept);
});

test("waits end when the engine cancels the operation", async () => {
  phase = { operationState: { phase: "Running" } };
  const waits = [
    [
      sync.create(synced(60)),
      /^InitializationError: interrupted while waiting for ArgoCD and Application argocd\/mesh-six; run the same command again$/,
    ],
    [
      takeOver.create(taken()),
      /: interrupted while waiting for ArgoCD to stop syncing Application argocd\/mesh-six; run the same/,
    ],
  ] as const;
  const ended = waits.map(([wait, words]) => assert.rejects(wait, words));
  setTimeout(cancelOperation, 1_000);
  await Promise.all(ended);
});
