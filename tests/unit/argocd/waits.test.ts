import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { InitializationError } from "../../../lib/pulumi/initializationError.ts";
import { type ApplicationServer, startApplicationServer } from "../../support/cluster/applicationServer.ts";
import { cancelOperation } from "../../support/engine/cancel.ts";
import { application } from "./wantedApplication.ts";

const named = { namespace: "argocd", name: "mesh-six" };

let server: ApplicationServer;
/** The state of the Application's last sync. */
let phase = {};

before(async () => {
  server = await startApplicationServer(live);
});
after(() => server.close());
afterEach(() => {
  server.faults = [];
  phase = {};
  server.patches.length = 0;
});

function live() {
  const { spec, ...rest } = application({ rest: { syncPolicy: { automated: { prune: true } } } });
  const compared = { status: "Synced", comparedTo: { source: spec.source } };
  return { ...rest, spec, status: { sync: compared, health: { status: "Healthy" }, ...phase } };
}

const synced = (waitMinutes: number) => ({
  ...{ ...server.access, application: named, source: "hash", objects: [], wait: true, waitMinutes },
});
const taken = () => ({
  ...{ ...server.access, adopt: true, application: named },
  objects: [{ apiVersion: "v1", kind: "ConfigMap", namespace: "mesh-six", name: "x" }],
});

test("a wait goes on where the API server is busy, broken, or out of reach for a while", async () => {
  server.faults = ["none", 429, 503, "cut"];
  assert.equal((await sync.create(synced(1))).id, "argocd/mesh-six");
  server.faults = ["none", "none", 429, 503, "cut"];
  const { outs } = await takeOver.create(taken());
  assert.deepEqual(outs?.foreign.automated, { prune: true });
  assert.deepEqual(server.faults, []);
  assert.deepEqual(
    server.patches,
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
  server.faults = ["none", ...Array<number>(20).fill(503)];
  await assert.rejects(
    sync.create(synced(0.02)),
    /expected Synced and Healthy within 0\.02 min, got Could not read Application argocd\/mesh-six: status 503; see/,
  );
  server.faults = ["none", 403];
  await assert.rejects(sync.create(synced(1)), /Could not read Application argocd\/mesh-six: status 403$/);
});

test("what was not waited for to the end is in the state, and is waited for again", async () => {
  server.faults = ["none", 403];
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
