import type { TestCluster } from "../../support/cluster/cluster.ts";

/*
 * What a manual installation has besides what the program declares: it stays ArgoCD's or a person's.
 */

export const foreignPatch = {
  target: { kind: "Deployment", name: "orchestrator" },
  patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orchestrator}\nspec: {replicas: 2}\n",
};

/** What stays ArgoCD's or a person's: whole objects, to be found as they were. */
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
