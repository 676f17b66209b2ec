import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  application,
  deletion,
  synced,
  uids,
  type LiveApplication,
} from "../../support/cluster/applications.ts";
import { eventually, startCluster } from "../../support/cluster/cluster.ts";

let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
  await cluster.apply(application("mesh-six"));
  await synced(cluster);
});
after(() => cluster.close());

const get = <T>(kind: string, name: string) => cluster.get<T>(kind, name, "-n", "mesh-six");

interface Marked {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
}

test("applies the overlay with its tracking mark, and says of each object that it is synced", async () => {
  const { metadata } = await get<Marked>("ingressroute", "onboarding-service");
  assert.equal(
    metadata.annotations["argocd.argoproj.io/tracking-id"],
    "mesh-six:traefik.io/IngressRoute:mesh-six/onboarding-service",
  );
  const { status } = await synced(cluster);
  assert.ok(status);
  assert.ok(status.resources.some(({ kind, name }) => kind === "Namespace" && name === "mesh-six"));
  assert.deepEqual([...new Set(status.resources.map((resource) => resource.status))], ["Synced"]);
});

test("puts back what is changed or deleted by hand", async () => {
  await cluster.kubectl(["-n", "mesh-six", "delete", "service", "orchestrator"]);
  await cluster.kubectl([
    ...["-n", "mesh-six", "patch", "ingressroute", "onboarding-service", "--type=merge"],
    ...["-p", '{"spec":{"entryPoints":["web"]}}'],
  ]);
  await eventually("both are back", async () => {
    const route = await get<{ spec: { entryPoints: string[] } }>("ingressroute", "onboarding-service");
    const services = await cluster.kubectl(["-n", "mesh-six", "get", "services", "-o", "name"]);
    return (
      (route.spec.entryPoints[0] === "websecure" && services.includes("service/orchestrator")) || undefined
    );
  });
});

test("leaves what is changed by hand alone while automated sync is off", async () => {
  const automated = (value: string) =>
    cluster.kubectl([
      ...["-n", "argocd", "patch", "application", "mesh-six", "--type=merge"],
      ...["-p", `{"spec":{"syncPolicy":{"automated":${value}}}}`],
    ]);
  await automated("null");
  await cluster.kubectl(["-n", "mesh-six", "delete", "service", "llm-service"]);
  const seen = await eventually("out of sync", async () => {
    const live = await cluster.get<LiveApplication>("application", "mesh-six", "-n", "argocd");
    return live.status?.sync?.status === "OutOfSync" ? live : undefined;
  });
  assert.deepEqual(
    seen.status?.resources
      .filter(({ status }) => status !== "Synced")
      .map(({ kind, name }) => `${kind} ${name}`),
    ["Service llm-service"],
  );
  await automated('{"prune":true,"selfHeal":true}');
  await synced(cluster);
});

test("prunes what the patches take out, unless the object says Prune=false; touches nothing else", async () => {
  const before = await uids(cluster, "mesh-six");
  await cluster.kubectl([
    ...["-n", "mesh-six", "annotate", "component", "agent-outbox"],
    "argocd.argoproj.io/sync-options=Prune=false",
  ]);
  const patches = [deletion("Component", "agent-outbox"), deletion("Component", "agent-pubsub")];
  await cluster.apply(application("mesh-six", { source: { kustomize: { patches } } }));
  await eventually("agent-pubsub is pruned", async () =>
    "Component agent-pubsub" in (await uids(cluster, "mesh-six")) ? undefined : true,
  );
  const live = await eventually("agent-outbox is to be pruned", async () => {
    const found = await cluster.get<LiveApplication>("application", "mesh-six", "-n", "argocd");
    const resources = found.status?.resources.filter(({ requiresPruning }) => requiresPruning) ?? [];
    return resources.length === 1 ? resources : undefined;
  });
  assert.equal(live[0]?.name, "agent-outbox");
  delete before["Component agent-pubsub"];
  assert.deepEqual(await uids(cluster, "mesh-six"), before);
});

test("renders patches as kustomize does: environment is merged by name", async () => {
  const patch = [
    ...["apiVersion: apps/v1", "kind: Deployment", "metadata:", "  name: webhook-receiver"],
    ...["spec:", "  template:", "    spec:", "      containers:", "        - name: webhook-receiver"],
    ...["          env:", "            - { name: GITHUB_PROJECT_ID, value: PVT_1 }"],
  ].join("\n");
  const target = { kind: "Deployment", name: "webhook-receiver" };
  await cluster.apply(application("mesh-six", { source: { kustomize: { patches: [{ target, patch }] } } }));
  await synced(cluster);
  interface Deployment {
    readonly spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
  }
  const { spec } = await get<Deployment>("deployment", "webhook-receiver");
  const env = spec.template.spec.containers[0]?.env.map(({ name, value = "" }) => `${name}=${value}`);
  assert.deepEqual(env?.sort(), [
    "APP_PORT=3000",
    "GITHUB_PROJECT_ID=PVT_1",
    "GITHUB_STATUS_FIELD_ID=",
    "GITHUB_WEBHOOK_SECRET=",
  ]);
});

test("says what is wrong with a patch instead of syncing", async () => {
  const patches = [{ target: { kind: "Deployment" }, patch: "not: [a patch" }];
  await cluster.apply(application("mesh-six", { source: { kustomize: { patches } } }));
  interface Conditions {
    readonly status: { readonly sync: { readonly status: string }; readonly conditions?: { type: string }[] };
  }
  await eventually("a ComparisonError", async () => {
    const { status } = await cluster.get<Conditions>("application", "mesh-six", "-n", "argocd");
    return status.conditions?.[0]?.type === "ComparisonError" && status.sync.status === "Unknown"
      ? true
      : undefined;
  });
});

test("deletes what it tracks, the Namespace with all that is in it, with an Application that has ArgoCD's finalizer", async () => {
  await cluster.apply(application("mesh-six"));
  await synced(cluster);
  await cluster.apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "foreign", namespace: "mesh-six" },
  });
  const finalizers = '{"metadata":{"finalizers":["resources-finalizer.argocd.argoproj.io"]}}';
  await cluster.kubectl([
    "-n",
    "argocd",
    "patch",
    "application",
    "mesh-six",
    "--type=merge",
    "-p",
    finalizers,
  ]);
  await cluster.kubectl(["-n", "argocd", "delete", "application", "mesh-six", "--timeout=60s"]);
  await eventually("the Namespace is gone", async () => {
    const left = await cluster.kubectl(["get", "namespace", "mesh-six", "--ignore-not-found", "-o", "name"]);
    return left === "" ? true : undefined;
  });
  assert.deepEqual(await uids(cluster, "mesh-six"), {});
});
