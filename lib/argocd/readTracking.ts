import type { Cluster, ClusterObject } from "../kubernetes/cluster.ts";
import { unlessForbidden } from "../kubernetes/request.ts";
import { trackingOf, type Tracking } from "./tracking.ts";

interface ConfigMap extends ClusterObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Namespaces that may hold ArgoCD's own settings: the Application's, and ArgoCD's usual one. */
function placesOfSettings(applicationNamespace: string): string[] {
  return [...new Set([applicationNamespace, "argocd"])];
}

/** Reads how the ArgoCD that looks after Applications of this namespace marks objects. */
export async function readTracking(
  cluster: Pick<Cluster, "get">,
  applicationNamespace: string,
): Promise<Tracking> {
  for (const namespace of placesOfSettings(applicationNamespace)) {
    const reference = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "argocd-cm" };
    // Where nobody may read it, marks of every usual form are recognised.
    const found = await unlessForbidden(cluster.get<ConfigMap>(reference));
    if (found !== undefined) return trackingOf(namespace, found.data);
  }
  return trackingOf("");
}
