import type { Application } from "../../../../lib/argocd/application.ts";
import { connect, type Cluster } from "../../../../lib/kubernetes/cluster.ts";
import { managersOf, union } from "../../../../lib/kubernetes/fieldSet.ts";
import { differences } from "../../../../preflight/adoption/plan/compare.ts";
import type { AnyObject } from "../../../../preflight/adoption/objectDeclaration.ts";
import type { TestCluster } from "../../../support/cluster/cluster.ts";

/** Objects as they are, by `Kind name`. */
export type Everything = Readonly<Record<string, AnyObject>>;

const kinds = [
  ...["Secret", "ConfigMap", "PersistentVolumeClaim", "Service"].map((kind) => ["v1", kind] as const),
  ...["Deployment"].map((kind) => ["apps/v1", kind] as const),
  ["batch/v1", "CronJob"],
  ...["Component", "Resiliency", "Configuration"].map((kind) => ["dapr.io/v1alpha1", kind] as const),
  ["traefik.io/v1alpha1", "IngressRoute"],
  ["traefik.io/v1alpha1", "Middleware"],
  ["external-secrets.io/v1", "ExternalSecret"],
] as const;

/** Fields that controllers and Argo CD write as they work, and that no declaration is about. */
const working =
  /^(operation|status)\b|^metadata\.annotations(\.|\[)["']?(deployment\.kubernetes\.io\/|pv\.kubernetes\.io\/|volume\.|argocd\.argoproj\.io\/refresh)|^spec\.volumeName$|^metadata\.(finalizers\[kubernetes\.io)/;

/** Argo CD's note of its last apply: of the Namespace, which stays in its source and which the patches change. */
const applied = 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]';

/** The Namespace, all that is in it, and the Applications that deploy to it. */
export async function everything({ kubeconfig }: TestCluster, namespace: string): Promise<Everything> {
  const api: Cluster = await connect({ kubeconfig, context: "" });
  const lists = await Promise.all([
    ...kinds.map(([apiVersion, kind]) => api.list<AnyObject>({ apiVersion, kind, namespace })),
    api.list<AnyObject>({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd" }),
    api.list<AnyObject>({ apiVersion: "v1", kind: "Namespace" }),
  ]);
  const isHere = ({ kind, metadata, spec }: AnyObject) =>
    kind === "Namespace"
      ? metadata.name === namespace
      : kind !== "Application" || (spec as Application["spec"]).destination?.namespace === namespace;
  const found = lists.flat().filter(isHere);
  return Object.fromEntries(found.map((object) => [keyOf(object), object]));
}

export function keyOf({
  kind,
  metadata: { name = "" },
}: {
  kind: string;
  metadata: { name?: string };
}): string {
  return `${kind} ${name}`;
}

export function uidsOf(all: Everything): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(all).map(([key, { metadata }]) => [key, metadata.uid]));
}

/** Paths at which two states of an object differ, in order. */
export function differing(before: AnyObject, after: AnyObject): string[] {
  const set = union(...[...managersOf(before), ...managersOf(after)].map(({ fieldsV1 }) => fieldsV1));
  return differences(before, after, set)
    .map(({ path }) => path)
    .filter((path) => !working.test(path) && !(before.kind === "Namespace" && path === applied))
    .sort();
}

/** Objects that came, went, were made again or differ, each with where. */
export function changesBetween(before: Everything, after: Everything): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const [one, other] = [before[key], after[key]];
    if (one === undefined) return [`${key} is new`];
    if (other === undefined) return [`${key} is gone`];
    if (one.metadata.uid !== other.metadata.uid) return [`${key} is another one`];
    const paths = differing(one, other);
    return paths.length === 0 ? [] : [`${key} differs: ${paths.join(", ")}`];
  });
}

/** The objects without the count of how often they were taken back. */
export function withoutCount(objects: Everything): Everything {
  return Object.fromEntries(
    Object.entries(objects).map(([key, object]) => {
      const all = Object.entries(object.metadata.annotations ?? {});
      const annotations = Object.fromEntries(all.filter(([name]) => name !== "mesh-six/restored"));
      return [key, { ...object, metadata: { ...object.metadata, annotations } }];
    }),
  );
}
