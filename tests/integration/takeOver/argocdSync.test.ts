import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as sync from "../../../providers/argocdSync/provider.ts";
import { application, deletion } from "../../support/cluster/applications.ts";
import { ByHand, good } from "./byHand.ts";

let byHand: ByHand;
let cluster: ByHand["cluster"];

before(async () => {
  byHand = await ByHand.start();
  ({ cluster } = byHand);
});
after(() => cluster.close());

test("is not fooled by a Synced and Healthy from before a change of patches", async () => {
  const old = application("stale", { namespace: "by-hand" });
  await cluster.apply(old);
  await byHand.write("stale", { status: good(old.spec.source) });
  await byHand.write("stale", { spec: { source: { kustomize: { patches: [deletion("Service", "a")] } } } });
  await assert.rejects(
    sync.create(byHand.syncInputs("stale", 0.02)),
    /^InitializationError: Application by-hand\/stale: expected Synced and Healthy within 0\.02 min, got a status from before the change of its source; see kubectl -n by-hand describe application stale, then run pulumi up again$/,
  );
  await byHand.write("stale", { status: good((await byHand.live("stale")).spec.source) });
  assert.equal((await sync.create(byHand.syncInputs("stale", 0.02))).id, "by-hand/stale");
});

test("names what is not well when the time is over", async () => {
  const declared = application("unwell", { namespace: "by-hand" });
  await cluster.apply(declared);
  const resources = [
    { kind: "Service", namespace: "mesh-six", name: "fine", status: "Synced", health: { status: "Healthy" } },
    {
      ...{ kind: "Deployment", namespace: "mesh-six", name: "webhook-receiver", status: "Synced" },
      health: { status: "Degraded", message: "0 of 1 replicas are available" },
    },
    { kind: "IngressRoute", namespace: "mesh-six", name: "onboarding-service", status: "OutOfSync" },
  ];
  const status = good(declared.spec.source, { resources, health: { status: "Degraded" } });
  await byHand.write("unwell", { status: { ...status, sync: { ...status.sync, status: "OutOfSync" } } });
  await assert.rejects(
    sync.create(byHand.syncInputs("unwell", 0.02)),
    /got OutOfSync and Degraded, Deployment mesh-six\/webhook-receiver \(Degraded, 0 of 1 replicas are available\), IngressRoute mesh-six\/onboarding-service \(OutOfSync\);/,
  );
});

test("says that nobody works on the Application where it has no status", async () => {
  await cluster.apply(application("alone", { namespace: "by-hand" }));
  await assert.rejects(
    sync.create(byHand.syncInputs("alone", 0.02)),
    /got no status: is ArgoCD's application controller running\?/,
  );
});

test("warns where nobody waits and ArgoCD cannot render today's source", async (t) => {
  const declared = application("unrendered", { namespace: "by-hand" });
  await cluster.apply(declared);
  const said = t.mock.method(pulumi.log, "warn", () => Promise.resolve());
  const inputs = { ...byHand.syncInputs("unrendered", 1), objects: [], wait: false };
  const message = "kustomize build: no matches for Id Deployment";
  const conditions = [{ type: "ComparisonError", message }];
  for (const [status, expected] of [
    [{}, 0],
    [good(declared.spec.source), 0],
    [good(declared.spec.source, { conditions }), 1],
  ] as const) {
    await byHand.write("unrendered", { status });
    await sync.create(inputs);
    assert.equal(said.mock.callCount(), expected);
  }
  assert.match(String(said.mock.calls[0]?.arguments[0]), /deploys nothing of it until .* no matches for Id/);
});

test("waits again when the source changes, and only then", async () => {
  const inputs = byHand.syncInputs("any", 1);
  assert.equal(
    (await sync.diff("", inputs, { ...inputs, waitMinutes: 5, kubeconfig: "elsewhere" })).changes,
    false,
  );
  assert.equal((await sync.diff("", inputs, { ...inputs, source: "another hash" })).changes, true);
  assert.equal((await sync.diff("", { ...inputs, wait: false }, inputs)).changes, true);
});
