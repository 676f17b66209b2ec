import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Cluster, type ClusterObject, connect } from "../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../lib/kubernetes/request.ts";
import { startCluster } from "../support/cluster/cluster.ts";

interface ConfigMap extends ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
}

const reference = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name });
const configMap = (name: string, data: Record<string, string>, labels = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels },
  data,
});

describe("the client of an API server", () => {
  let started: Awaited<ReturnType<typeof startCluster>>;
  let cluster: Cluster;
  before(async () => {
    started = await startCluster(["etcd", "kube-apiserver"]);
    cluster = await connect({ kubeconfig: started.kubeconfig, context: "" });
  });
  after(() => started.close());

  const refusal = async (answer: Promise<unknown>): Promise<ApiError> => {
    const error: unknown = await answer.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ApiError);
    return error;
  };

  test("applies by server-side apply, tells a conflict, and takes the field where it is to", async () => {
    await cluster.apply(configMap("applied", { a: "1" }), { fieldManager: "first" });
    const conflict = await refusal(
      cluster.apply(configMap("applied", { a: "2" }), { fieldManager: "second" }),
    );
    assert.deepEqual([conflict.status, conflict.reason], [409, "Conflict"]);
    assert.match(conflict.message, /^Could not apply ConfigMap default\/applied: .*conflicts? with "first"/);
    assert.equal(conflict.causes[0]?.field, ".data.a");
    const forced = { fieldManager: "second", force: true };
    const tried = await cluster.apply(configMap("applied", { a: "2" }), { ...forced, dryRun: true });
    assert.equal(tried.data?.["a"], "2");
    assert.equal((await cluster.get<ConfigMap>(reference("applied")))?.data?.["a"], "1", "a dry run");
    await cluster.apply(configMap("applied", { a: "2" }), forced);
    const { data } = await started.get<ConfigMap>("configmap", "applied");
    assert.deepEqual(data, { a: "2" });
  });

  test("merges a patch, in which null removes a field", async () => {
    await started.apply(configMap("merged", { a: "1", b: "2" }));
    await cluster.merge(reference("merged"), { data: { a: null, c: "3" } });
    assert.deepEqual((await started.get<ConfigMap>("configmap", "merged")).data, { b: "2", c: "3" });
  });

  test("reads nothing where the object, its kind or its group is not there", async () => {
    const none = { ...reference("none") };
    assert.equal(await cluster.get(none), undefined);
    assert.equal(await cluster.get({ ...none, kind: "Unheard" }), undefined);
    assert.equal(await cluster.get({ ...none, apiVersion: "unheard.test/v1" }), undefined);
    assert.deepEqual(await cluster.list({ apiVersion: "unheard.test/v1", kind: "Unheard" }), []);
    assert.equal((await refusal(cluster.merge(none, {}))).status, 404);
  });

  test("lists by namespace and label, in portions, each object with its kind", async () => {
    const names = Array.from({ length: 501 }, (_, i) => `listed-${String(i).padStart(3, "0")}`);
    await started.apply(...names.map((name) => configMap(name, {}, { listed: "yes" })));
    const where = { apiVersion: "v1", kind: "ConfigMap", labelSelector: "listed=yes" };
    const found = await cluster.list<ConfigMap>({ ...where, namespace: "default" });
    assert.deepEqual(found.map(({ metadata }) => metadata.name).sort(), names);
    assert.equal(found[0]?.kind, "ConfigMap");
    assert.equal((await cluster.list(where)).length, 501, "of all namespaces");
    assert.deepEqual(await cluster.list({ ...where, namespace: "kube-system" }), []);
  });

  test("removes this very object, and takes one that is gone for removed", async () => {
    await started.apply(configMap("removed", {}));
    assert.equal((await refusal(cluster.remove(reference("removed"), { uid: "another" }))).status, 409);
    await cluster.remove(reference("removed"), { dryRun: true });
    const uid = (await cluster.get(reference("removed")))?.metadata.uid;
    assert.ok(uid);
    await cluster.remove(reference("removed"), { uid });
    assert.equal(await cluster.get(reference("removed")), undefined);
    await cluster.remove(reference("removed"));
  });

  test("finds a kind whose definition was made after it was asked for", async () => {
    const widgets = { apiVersion: "things.test/v1", kind: "Widget" };
    assert.deepEqual(await cluster.list(widgets), []);
    await started.apply(definition);
    await started.kubectl(["wait", "--for=condition=Established", "crd/widgets.things.test"]);
    const widget = { ...widgets, metadata: { name: "one", namespace: "default" } };
    await cluster.apply(widget, { fieldManager: "first" });
    assert.equal((await cluster.list(widgets)).length, 1);
  });

  test("knows every kind that is served", async () => {
    const kinds = await cluster.kinds();
    const of = (kind: string) => kinds.find((one) => one.kind === kind);
    assert.deepEqual(of("Deployment") && { ...of("Deployment"), verbs: [] }, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      plural: "deployments",
      namespaced: true,
      verbs: [],
    });
    assert.equal(of("Namespace")?.namespaced, false);
    assert.ok(of("Secret")?.verbs.includes("list"));
  });
});

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.things.test" },
  spec: {
    group: "things.test",
    names: { kind: "Widget", plural: "widgets" },
    scope: "Namespaced",
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
