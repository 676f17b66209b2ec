import { stringify } from "yaml";
import type { TestCluster } from "../../support/cluster/cluster.ts";

/* Objects of a manual installation besides the program's: they stay ArgoCD's or a person's. */

export const foreignPatch = {
  target: { kind: "Deployment", name: "orchestrator" },
  patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orchestrator}\nspec: {replicas: 2}\n",
};

/** Objects that stay ArgoCD's or a person's: whole, to be found as they were. */
const foreign = [
  ["ingressroute", "onboarding-service"],
  ["ingressroute", "project-manager-ntfy-reply"],
  ["configuration.dapr.io", "llm-service-config"],
  ["externalsecret", "grafana-secret"],
  ["secret", "made-by-hand"],
] as const;

export function foreignObjects(cluster: TestCluster): Promise<unknown[]> {
  return Promise.all(
    foreign.map(async ([kind, name]) => {
      const { metadata, ...rest } = await cluster.get<{ metadata: Record<string, unknown> }>(
        kind,
        name,
        "-n",
        "mesh-six",
      );
      return { ...rest, metadata: { ...metadata, managedFields: undefined } };
    }),
  );
}

/** As kubectl makes it. */
export function secret(name: string, data: Record<string, string>, annotations = {}) {
  const metadata = { name, namespace: "mesh-six", annotations };
  return { apiVersion: "v1", kind: "Secret", metadata, stringData: data };
}

/** Labels and annotations by which people and operators say how a Namespace is treated. */
export const peoplesMarks = {
  labels: { "pod-security.kubernetes.io/warn": "baseline", "istio-injection": "disabled" },
  annotations: { "linkerd.io/inject": "disabled" },
};

/** Puts them on the Namespace, by kubectl. */
export async function markNamespace(cluster: TestCluster): Promise<void> {
  for (const [verb, marks] of [
    ["label", peoplesMarks.labels],
    ["annotate", peoplesMarks.annotations],
  ] as const)
    await cluster.kubectl([
      ...[verb, "namespace", "mesh-six"],
      ...Object.entries(marks).map(([key, value]) => `${key}=${value}`),
    ]);
}

/** A patch of people's that puts a variable and a sidecar into the dashboard. */
export const moreInDashboard = {
  target: { kind: "Deployment", name: "dashboard" },
  patch: stringify({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "dashboard" } },
    spec: {
      template: {
        spec: {
          containers: [
            { name: "dashboard", env: [{ name: "EXTRA", value: "1" }] },
            { name: "proxy", image: "envoy" },
          ],
        },
      },
    },
  }),
};

/** Puts these patches in place of those in the Application. */
export async function writePatches(cluster: TestCluster, patches: readonly object[]): Promise<void> {
  const change = JSON.stringify({ spec: { source: { kustomize: { patches } } } });
  await cluster.kubectl(["-n", "argocd", "patch", "application", "mesh-six", "--type=merge", "-p", change]);
}

/** The dashboard's containers, and which Deployment it is. */
export async function dashboardPods(cluster: TestCluster) {
  interface Dashboard {
    readonly metadata: { readonly uid: string };
    readonly spec: { template: { spec: { containers: { name: string; env: unknown }[] } } };
  }
  const { metadata, spec } = await cluster.get<Dashboard>("deployment", "dashboard", "-n", "mesh-six");
  const containers = spec.template.spec.containers.map(({ name, env }) => ({ name, env }));
  return { uid: metadata.uid, containers };
}
