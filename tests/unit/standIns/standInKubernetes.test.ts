import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkedInputs } from "../../../sandbox/plugins/kubernetes/check.ts";
import { valueAt } from "../../../sandbox/plugins/kubernetes/jsonPath.ts";
import { contextOf, sameCluster } from "../../../sandbox/plugins/kubernetes/kubeconfig.ts";
import { pruneTo } from "../../../sandbox/plugins/kubernetes/objects.ts";
import { takeOver } from "../../../sandbox/plugins/kubernetes/ownership.ts";
import { NeverReady, readinessOf } from "../../../sandbox/plugins/kubernetes/readiness.ts";
import { replacesAt } from "../../../sandbox/plugins/kubernetes/replacement.ts";
import { secret, type Properties } from "../../../sandbox/plugins/protocol/values.ts";

const look = () => Promise.resolve({});
const seed = new Uint8Array([0xab, 0xcd, 0xef, 0x01]);
const request = { type: "t", urn: "u", name: "config", olds: {}, randomSeed: seed };

describe("the inputs of a Kubernetes object", () => {
  test("get the provider's namespace and a name of their own where they have none", () => {
    const { inputs } = checkedInputs(
      { ...request, news: { apiVersion: "v1", kind: "ConfigMap" } },
      "mesh-six",
    );
    const annotations = { "pulumi.com/autonamed": "true" };
    assert.deepEqual(inputs["metadata"], { name: "config-abcdef01", namespace: "mesh-six", annotations });
  });

  test("keep a name that was given by Pulumi before", () => {
    const { inputs: olds } = checkedInputs({ ...request, news: { kind: "ConfigMap" } }, undefined);
    const later = { ...request, olds, news: { kind: "ConfigMap" }, randomSeed: new Uint8Array([1, 2, 3, 4]) };
    assert.deepEqual(checkedInputs(later, undefined).inputs, olds);
  });

  test("are stored as base64 and secret for a Secret, kubectl's copy in an annotation too", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": '{"data":"…"}' };
    const news = {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "s", annotations } },
      ...{ data: { kept: "eA==" }, stringData: { url: "a@b" } },
    };
    const { inputs } = checkedInputs({ ...request, news }, undefined);
    assert.deepEqual(inputs["data"], secret({ kept: "eA==", url: "YUBi" }));
    assert.equal("stringData" in inputs, false);
    const hidden = { "kubectl.kubernetes.io/last-applied-configuration": secret('{"data":"…"}') };
    assert.deepEqual((inputs["metadata"] as Properties)["annotations"], hidden);
  });
});

describe("a change", () => {
  const mutable = { configMaps: true, secrets: true };
  test("makes a new object when the field is fixed, and only then", () => {
    const deployment = replacesAt({ apiVersion: "apps/v1", kind: "Deployment" }, mutable);
    assert.equal(deployment("spec.selector.matchLabels.app"), true);
    assert.equal(deployment("spec.template.metadata.labels.app"), false);
    assert.equal(deployment("metadata.namespace"), true);
    assert.equal(deployment("metadata.namespaces"), false);
  });

  test("replaces a Secret for new data by the provider's setting, and for a new type in any case", () => {
    const object = { apiVersion: "v1", kind: "Secret" };
    assert.equal(replacesAt(object, mutable)('data["a.b"]'), false);
    assert.equal(replacesAt(object, { configMaps: true, secrets: false })('data["a.b"]'), true);
    assert.equal(replacesAt(object, mutable)("type"), true);
  });
});

test("drift is looked for only where the inputs say something", () => {
  const inputs = { data: { a: "1" }, spec: { rules: [{ host: "x" }] } };
  const live = {
    data: { a: "2", b: "theirs" },
    spec: { rules: [{ host: "y", port: 1 }], extra: 1 },
    status: {},
  };
  assert.deepEqual(pruneTo(inputs, live), { data: { a: "2" }, spec: { rules: [{ host: "y" }] } });
  // The official plugin compares as many items of a list as the inputs have.
  assert.deepEqual(pruneTo({ scopes: ["a"] }, { scopes: ["a", "theirs"] }), { scopes: ["a"] });
  assert.deepEqual(pruneTo({ scopes: [] }, { scopes: ["theirs"] }), { scopes: [] });
});

test("fields written by create or by hand with kubectl are taken over, a controller's are not", () => {
  const entry = (manager: string, field: string, more: Properties = {}) => {
    return { manager, operation: "Update", fieldsV1: { "f:data": { [field]: {} } }, ...more };
  };
  const controller = entry("kube-controller-manager", "f:c");
  const status = entry("kubectl-edit", "f:s", { subresource: "status" });
  const managedFields = [entry("pulumi-kubernetes", "f:a"), entry("kubectl-edit", "f:b"), controller, status];
  const taken = takeOver({ metadata: { managedFields } }, "pulumi-kubernetes-1");
  const merged = {
    manager: "pulumi-kubernetes-1",
    operation: "Apply",
    fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
  };
  assert.deepEqual(taken, [merged, controller, status]);
  assert.equal(takeOver({ metadata: { managedFields: [controller] } }, "pulumi-kubernetes-1"), undefined);
});

describe("readiness", () => {
  const deployment = (status: Properties): Properties => {
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { generation: 2 },
      spec: { replicas: 2 },
      status,
    };
  };
  const available = { type: "Available", status: "True" };
  const lack = async (object: Properties) => readinessOf(object)?.(object, look);

  test("asks for the new generation, every replica and availability of a Deployment", async () => {
    assert.match(String(await lack(deployment({ observedGeneration: 1 }))), /not seen it/);
    assert.match(
      String(await lack(deployment({ observedGeneration: 2, updatedReplicas: 1 }))),
      /1 of 2 replicas/,
    );
    const ready = { observedGeneration: 2, updatedReplicas: 2, conditions: [available] };
    assert.equal(await lack(deployment(ready)), undefined);
  });

  test("gives up on a Deployment that cannot progress", async () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    await assert.rejects(async () => lack(deployment({ observedGeneration: 2, conditions })), NeverReady);
  });

  test("is what waitFor says, whatever the kind, and nothing at all with skipAwait", async () => {
    const waits = '["jsonpath={.status.sync.status}=Synced","condition=Healthy"]';
    const object = (status: Properties) => ({
      metadata: { annotations: { "pulumi.com/waitFor": waits } },
      status,
    });
    assert.match(String(await lack(object({}))), /\.status\.sync\.status is not there yet/);
    assert.match(String(await lack(object({ sync: { status: "OutOfSync" } }))), /is OutOfSync, not Synced/);
    const conditions = [{ type: "Healthy", status: "True" }];
    assert.equal(await lack(object({ sync: { status: "Synced" }, conditions })), undefined);
    const skipped = { "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": waits };
    assert.equal(readinessOf({ metadata: { annotations: skipped } }), undefined);
    assert.throws(
      () => readinessOf({ metadata: { annotations: { "pulumi.com/waitFor": "soon" } } }),
      /got soon/,
    );
  });
});

test("a JSONPath reaches keys with dots, items and filtered items, and refuses anything else", () => {
  const object = { a: { "b.c": [1, { type: "Ready", status: "True" }] } };
  assert.equal(valueAt(object, String.raw`.a.b\.c[0]`), 1);
  assert.equal(valueAt(object, `.a['b.c'][?(@.type=="Ready")].status`), "True");
  assert.equal(valueAt(object, ".a.nothing.here"), undefined);
  assert.throws(() => valueAt(object, ".a..b"), /expected a JSONPath/);
});

test("a provider moves to another cluster by another address or another authority, not by another login", () => {
  const of = (server: string, authority: string, token: string) => ({
    kubeconfig: JSON.stringify({
      "current-context": "one",
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": authority } }],
      users: [{ name: "u", user: { token } }],
      contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    }),
  });
  const before = contextOf(of("https://one.test", "Y2E=", "a"));
  assert.equal(sameCluster(before, contextOf(of("https://one.test/", "Y2E=", "b"))), true);
  assert.equal(sameCluster(before, contextOf(of("https://two.test", "Y2E=", "a"))), false);
  assert.equal(sameCluster(before, contextOf(of("https://one.test", "Y2I=", "a"))), false);
});
