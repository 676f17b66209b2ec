import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, type Cluster } from "../../../lib/kubernetes/cluster.ts";
import { managersOf, union } from "../../../lib/kubernetes/fieldSet.ts";
import { differences } from "../../../preflight/adoption/plan/compare.ts";
import type { AnyObject } from "../../../preflight/adoption/objectDeclaration.ts";
import type { PlannedObject } from "../../../preflight/adoption/document.ts";
import { refusalLine } from "../../../preflight/adoption/planText.ts";
import { planPatched } from "../../../preflight/adoption/patched.ts";
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

describe("an object that does not stay", () => {
  const owner = (kind: string, apiVersion: string) => ({ apiVersion, kind, name: "owner", uid: "u" });
  const declared = { apiVersion: "v1", kind: "Secret", metadata: { name: "held", namespace: "mesh-six" } };
  const cases = [
    {
      title: "whose owner the garbage collector takes it along with",
      metadata: { ownerReferences: [owner("SealedSecret", "bitnami.com/v1alpha1")] },
      refused:
        /the one of SealedSecret mesh-six\/owner, .* kubectl delete sealedsecret\.bitnami\.com owner -n mesh-six --cascade=orphan;/,
    },
    {
      title: "of an ExternalSecret that is no controller of it, and is not handed over",
      metadata: { ownerReferences: [owner("ExternalSecret", "external-secrets.io/v1")] },
      refused: /the one of ExternalSecret mesh-six\/owner/,
    },
    {
      title: "that Flux writes again",
      metadata: {
        labels: {
          "kustomize.toolkit.fluxcd.io/name": "apps",
          "kustomize.toolkit.fluxcd.io/namespace": "flux",
        },
      },
      refused: /Flux's Kustomization flux\/apps, .* kubectl annotate secret held -n mesh-six kustomize/,
    },
    {
      title: "that is being deleted",
      metadata: { finalizers: ["example.com/slow"] },
      refused: /is being deleted since .*, held by example\.com\/slow.*kubectl get secret held -n mesh-six/,
    },
  ];
  for (const { title, metadata, refused } of cases)
    test(`${title} is refused`, async () => {
      await light.apply(
        { ...declared, metadata: { ...declared.metadata, ...metadata } },
        { fieldManager: "hand" },
      );
      if ("finalizers" in metadata) await light.remove(referenceOf(declared));
      const live = (await light.get<AnyObject>(referenceOf(declared)))!;
      const plan = await planObject(light, live, { object: declared, later: [] }, choices);
      assert.deepEqual(plan?.planned.refusals.length, 1);
      assert.match(refusalLine(plan.planned.refusals[0]!), refused);
      await light.merge(referenceOf(declared), { metadata: { finalizers: null } });
      await remove(declared);
    });

  test("is taken over where Flux leaves it alone, and where External Secrets hands it over", async () => {
    const flux = "kustomize.toolkit.fluxcd.io";
    const metadata = {
      ...declared.metadata,
      labels: { [`${flux}/name`]: "apps" },
      annotations: { [`${flux}/reconcile`]: "disabled", [`${flux}/prune`]: "disabled" },
      ownerReferences: [{ ...owner("ExternalSecret", "external-secrets.io/v1"), controller: true }],
    };
    await light.apply({ ...declared, metadata }, { fieldManager: "hand" });
    const live = (await light.get<AnyObject>(referenceOf(declared)))!;
    const plan = await planObject(light, live, { object: declared, later: [] }, choices);
    assert.deepEqual(plan?.planned.refusals, []);
    await remove(declared);
  });
});

test("a Deployment that does not take the program's patches is refused, since ArgoCD could not sync it", async () => {
  const apart = dashboard({ containers: [container({ name: "app" })] });
  const patch = (name: string) => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "dashboard" } },
    spec: { template: { spec: { containers: [{ name, env: [{ name: "BOARD", value: "1" }] }] } } },
  });
  await remove(apart);
  await light.apply(apart, { fieldManager: "argocd-controller" });
  const refused = await planPatched(light, "mesh-six", patch("dashboard"));
  assert.match(
    refused?.refusals.map(refusalLine).join() ?? "",
    /takes this program's patches, got .*containers\[0\]\.image: Required value.*a container called dashboard/,
  );
  const planned = await planPatched(light, "mesh-six", patch("app"));
  assert.deepEqual([planned?.outcome, planned?.refusals], ["changed", []]);
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
