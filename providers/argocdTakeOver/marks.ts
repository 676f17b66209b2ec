import type { Cluster, ClusterObject, ObjectReference } from "../../lib/kubernetes/cluster.ts";

const trackingId = "argocd.argoproj.io/tracking-id";
const instance = "app.kubernetes.io/instance";
const syncOptions = "argocd.argoproj.io/sync-options";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const keep = "Prune=false";

/** Whether ArgoCD counts the object as one of the Application's, by either of its two ways of marking. */
export function isTracked({ metadata }: ClusterObject, application: string): boolean {
  return (
    metadata.annotations?.[trackingId]?.startsWith(`${application}:`) === true ||
    metadata.labels?.[instance] === application
  );
}

/**
 * Makes the object nobody's: ArgoCD's mark comes off, and `Prune=false` keeps the object should a sync by hand
 * put the mark back. kubectl's copy of what it applied comes off too: of a Secret it is the content in plain
 * sight, and it would make a later `kubectl apply` remove fields of the new owner.
 *
 * @returns whether anything was to be changed
 */
export async function release(
  cluster: Cluster,
  reference: ObjectReference,
  object: ClusterObject,
  application: string | undefined,
): Promise<boolean> {
  const { annotations = {}, labels = {} } = object.metadata;
  const tracked = application !== undefined && isTracked(object, application);
  if (!tracked && annotations[lastApplied] === undefined) return false;
  const options = (annotations[syncOptions] ?? "")
    .split(",")
    .map((option) => option.trim())
    .filter(Boolean);
  await cluster.merge(reference, {
    metadata: {
      annotations: {
        [lastApplied]: null,
        ...(tracked ? { [trackingId]: null, [syncOptions]: [...new Set([...options, keep])].join(",") } : {}),
      },
      ...(labels[instance] !== undefined && labels[instance] === application
        ? { labels: { [instance]: null } }
        : {}),
    },
  });
  return true;
}
