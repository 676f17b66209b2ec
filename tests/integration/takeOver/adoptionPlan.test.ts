import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, type Cluster } from "../../../lib/kubernetes/cluster.ts";
import { managersOf, union } from "../../../lib/kubernetes/fieldSet.ts";
import { differences } from "../../../preflight/adoption/plan/compare.ts";
import type { AnyObject } from "../../../preflight/adoption/objectDeclaration.ts";
import type { PlannedObject } from "../../../preflight/adoption/document.ts";
import { type Choices, planObject } from "../../../preflight/adoption/plan/plan.ts";
import { container, dashboard } from "../../support/cluster/adoption.ts";
import { shapes } from "./adoptionShapes.ts";
import { startCluster, type TestCluster } from "../../support/cluster/cluster.ts";

let cluster: TestCluster & { readonly close: () => Promise<void> };
let light: Cluster;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver"]);
  await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "mesh-six" } });
  light = await connect({ kubeconfig: cluster.kubeconfig, context: "" });
});
after(() => cluster.close());

/** The ways in which an object of an installation may have been made. */
const manners: Readonly<Record<string, (object: AnyObject) => Promise<unknown>>> = {
  "kubectl apply": (object) =>
    cluster.kubectl(["apply", "--validate=false", "-f", "-"], JSON.stringify(object)),
  "kubectl apply --server-side": (object) => light.apply(object, { fieldManager: "kubectl" }),
  ArgoCD: (object) => light.apply(object, { fieldManager: "argocd-controller" }),
  "a person's own tool": (object) => light.apply(object, { fieldManager: "hand" }),
};

const choices: Choices = { keep: [], lose: [], released: (object) => object };

for (const { title, found, declared, lost, refused = [], choices: own } of shapes) {
  describe(title, () => {
    for (const [manner, make] of Object.entries(manners)) {
      test(`made by ${manner}: the plan names exactly the fields that differ afterwards`, async () => {
        await remove(found);
        await make(found);
        const reference = referenceOf(found);
        const live = (await light.get<AnyObject>(reference))!;
        const plan = await planObject(light, live, { object: declared, later: [] }, { ...choices, ...own });
        assert.ok(plan);
        const { planned, replacement } = plan;
        assert.deepEqual(pathsOf(planned, "lost"), [...lost].sort());
        assert.deepEqual(planned.refusals.map(({ path }) => path).sort(), [...refused].sort());
        const untouched = (await light.get<AnyObject>(reference))!;
        assert.deepEqual(untouched, live, "planning writes nothing");

        if (replacement !== undefined)
          await light.replace(replacement, { fieldManager: "pulumi-kubernetes" });
        await light.apply(declared, { fieldManager: "pulumi-kubernetes-1", force: true });
        const now = (await light.get<AnyObject>(reference))!;
        assert.deepEqual(now.metadata.uid, live.metadata.uid);
        const everything = union(
          ...[...managersOf(live), ...managersOf(now)].map(({ fieldsV1 }) => fieldsV1),
        );
        const differing = differences(live, now, everything).map(({ path }) => path);
        assert.deepEqual(planned.changes.map(({ path }) => path).sort(), differing.sort());
      });
    }
  });
}

test("takes back what ArgoCD has put into an object of the stack's since, and leaves what people put there", async () => {
  const declared = dashboard();
  await remove(declared);
  await light.apply(declared, { fieldManager: "pulumi-kubernetes-1" });
  const { apiVersion, kind, metadata } = declared;
  const containers = [{ name: "dashboard", env: [{ name: "PEOPLE", value: "1" }] }];
  const spec = { template: { spec: { containers } } };
  await light.apply({ apiVersion, kind, metadata, spec }, { fieldManager: "hand" });
  const reference = referenceOf(declared);
  const right = (await light.get<AnyObject>(reference))!;
  assert.equal(await planObject(light, right, { object: declared, later: [] }, choices), undefined);

  const overlay = dashboard(
    {
      containers: [
        container({ image: "other", env: [{ name: "ARGOCD", value: "1" }] }),
        { name: "proxy", image: "envoy" },
      ],
    },
    { replicas: 3 },
  );
  await light.apply(overlay, { fieldManager: "argocd-controller", force: true });
  const written = (await light.get<AnyObject>(reference))!;
  const plan = await planObject(light, written, { object: declared, later: [] }, choices);
  assert.ok(plan?.isOwn && plan.replacement);
  assert.deepEqual(plan.planned.refusals, [], "a sidecar of ArgoCD's was never taken over");
  await light.replace(plan.replacement, { fieldManager: "pulumi-kubernetes" });
  await light.apply(declared, { fieldManager: "pulumi-kubernetes-1", force: true });
  const now = (await light.get<AnyObject>(reference))!;
  const everything = union(...[...managersOf(right), ...managersOf(now)].map(({ fieldsV1 }) => fieldsV1));
  assert.deepEqual(differences(right, now, everything), []);
});

function pathsOf({ changes }: PlannedObject, kind: string): string[] {
  return changes
    .filter((change) => change.kind === kind)
    .map(({ path }) => path)
    .sort();
}

function referenceOf({ apiVersion, kind, metadata }: AnyObject) {
  return { apiVersion, kind, namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
}

async function remove(object: AnyObject): Promise<void> {
  const reference = referenceOf(object);
  await light.remove(reference);
  while ((await light.get(reference)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}
