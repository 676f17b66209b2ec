import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { application } from "../../support/cluster/applications.ts";
import { eventually, startCluster } from "../../support/cluster/cluster.ts";
import { recordEnd } from "../../support/cluster/ends.ts";
import { installations, type Installation } from "./installations.ts";
import { TakenOver } from "./takenOver.ts";

/*
 * Each installation of the table in a namespace of its own: taken over, synced by hand with prune, reconciled, its
 * patches lost and brought back, and let go. MESH_SIX_ARGOCD says which ArgoCD looks after it.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
});
after(() => cluster.close());

const kinds = [
  ...["Secret", "ConfigMap", "PersistentVolumeClaim", "Service"].map((kind) => ["v1", kind]),
  ...["Deployment"].map((kind) => ["apps/v1", kind]),
  ...["Component", "Resiliency", "Configuration"].map((kind) => ["dapr.io/v1alpha1", kind]),
  ["traefik.io/v1alpha1", "IngressRoute"],
  ["external-secrets.io/v1", "ExternalSecret"],
] as const;

/** UIDs of the Namespace and of all that is in it. */
async function uids(namespace: string): Promise<Record<string, string | undefined>> {
  const api = await connect({ kubeconfig: cluster.kubeconfig, context: "" });
  const lists = await Promise.all(
    kinds.map(([apiVersion = "", kind = ""]) => api.list<ClusterObject>({ apiVersion, kind, namespace })),
  );
  const found = kinds.flatMap(([, kind = ""], at) =>
    (lists[at] ?? []).map(({ metadata }) => [`${kind} ${metadata.name ?? ""}`, metadata.uid] as const),
  );
  const place = { apiVersion: "v1", kind: "Namespace", namespace: "", name: namespace };
  return { ...Object.fromEntries(found), Namespace: (await api.get(place))?.metadata.uid };
}

/** Adds to argocd-cm; what another case set is taken out again. */
async function configure(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const none = { "application.resourceTrackingMethod": null, "application.instanceLabelKey": null };
  const data = { ...none, installationID: null, ...settings };
  const patch = ["--type=merge", "-p", JSON.stringify({ data })];
  const at = ["-n", "argocd"];
  await cluster
    .kubectl([...at, "patch", "configmap", "argocd-cm", ...patch])
    .catch(() => cluster.kubectl([...at, "create", "configmap", "argocd-cm"]))
    .then(() => cluster.kubectl([...at, "patch", "configmap", "argocd-cm", ...patch]));
}

/** Makes the installation, and waits until ArgoCD has deployed it. */
async function install(name: string, what: Installation): Promise<void> {
  await configure(what.settings);
  const { metadata, spec, ...header } = application(name);
  const kustomize = { namespace: name, ...(what.patches === undefined ? {} : { patches: what.patches }) };
  const { server, ...place } = { ...spec.destination, namespace: name };
  await cluster.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    ...(what.others ?? []).map((one) => {
      const object = one as { readonly metadata: object };
      return { ...object, metadata: { ...object.metadata, namespace: name } };
    }),
  );
  const automated = { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] };
  const live = {
    ...header,
    metadata: { ...metadata, annotations: what.annotations ?? {}, finalizers: what.finalizers ?? [] },
    spec: {
      ...spec,
      source: { ...spec.source, kustomize },
      destination: what.destination === undefined ? { server, ...place } : { ...place, ...what.destination },
      syncPolicy: what.syncPolicy ?? automated,
    },
  };
  await cluster.apply(live);
  const taken = new TakenOver(cluster, name);
  if (!("automated" in (what.syncPolicy ?? automated))) await taken.syncByHand();
  await eventually(`${name} is deployed`, async () => {
    const { status } = await taken.application();
    return status?.sync?.status === "Synced" ? true : undefined;
  });
  if (what.onObjects !== undefined) {
    const change = JSON.stringify({ metadata: what.onObjects });
    for (const object of ["component/agent-pubsub", "ingressroute/dashboard"])
      await cluster.kubectl(["-n", name, "patch", object, "--type=merge", "-p", change]);
  }
}

/** All take ten minutes: `npm test -- --operators` says which Argo CD, and takes all; `npm test` takes a few. */
const all = process.env["MESH_SIX_ARGOCD"] !== undefined || process.env["MESH_SIX_INSTALLATIONS"] === "all";
const sample = [0, 2, 3, 4];
const leftOut = "npm test -- --operators or MESH_SIX_INSTALLATIONS=all takes this installation too";

for (const [at, what] of installations.entries()) {
  const skip = !all && !sample.includes(at) && leftOut;
  const name = `case-${String(at + 1).padStart(2, "0")}`;
  test(
    `takes over ${what.what}, and nothing is lost or changes its UID until it is let go`,
    { skip },
    async () => {
      await install(name, what);
      const found = await uids(name);
      assert.ok(found["Component agent-pubsub"] !== undefined && found["Namespace"] !== undefined);
      const stays = async (moment: string) => assert.deepEqual(await uids(name), found, moment);
      const taken = new TakenOver(cluster, name);

      await taken.up();
      await stays("after up");
      assert.deepEqual((await taken.application()).metadata.finalizers ?? [], [], "finalizers");
      await taken.syncByHand();
      await stays("after a sync by hand with prune");
      for (let round = 1; round <= 3; round++) await taken.reconcile();
      await stays("after three rounds");
      await recordEnd(cluster, name, name);

      await taken.loseThePatches();
      await taken.reconcile();
      await taken.up();
      await taken.syncByHand();
      await stays("after lost patches and another up");

      await taken.disable();
      await stays("after the Application is gone");
    },
  );
}
