import { applicationReference, patchesOf } from "../../lib/argocd/application.ts";
import type { Application, ApplicationName, KustomizePatch } from "../../lib/argocd/application.ts";
import { othersOptions } from "../../lib/argocd/leaveAlone.ts";
import { automatedOf } from "../../lib/argocd/paused.ts";
import { writerOf } from "../../lib/argocd/ownPatch.ts";
import type { Cluster, ClusterObject, ObjectReference } from "../../lib/kubernetes/cluster.ts";

/** Findings before the take-over that have to stay as they are. */
export interface Found {
  /** Pod selectors of the Deployments, which cannot be changed, by name. */
  readonly selectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values that others wrote into fields of the Application that the declaration replaces as a whole. */
  readonly foreign: Foreign;
  /** Options for ArgoCD that others gave to objects, by `Kind/name` and annotation. */
  readonly kept: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Foreign {
  readonly patches: readonly KustomizePatch[];
  readonly syncOptions: readonly string[];
  readonly automated: Readonly<Record<string, unknown>>;
  /** Name of the cluster in the destination, where it is given instead of the address. */
  readonly cluster?: string;
  /** Options for ArgoCD on the Application itself, by annotation. */
  readonly kept?: Readonly<Record<string, string>>;
}

export const nothingForeign: Foreign = { patches: [], syncOptions: [], automated: {} };

/** The name of an object among the findings: the namespace is one, and no two groups share a kind. */
export function keyOf({ kind, name }: Pick<ObjectReference, "kind" | "name">): string {
  return `${kind}/${name}`;
}

interface Deployment extends ClusterObject {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
}

/** Reads the objects that exist. */
export async function findOnObjects(
  cluster: Cluster,
  objects: readonly ObjectReference[],
): Promise<Pick<Found, "selectors" | "kept">> {
  const selectors: Record<string, Readonly<Record<string, string>>> = {};
  const kept: Record<string, Readonly<Record<string, string>>> = {};
  const read = await Promise.all(
    objects.map(async (reference) => [reference, await cluster.get<Deployment>(reference)] as const),
  );
  for (const [reference, object] of read) {
    if (object === undefined) continue;
    const selector = reference.kind === "Deployment" ? object.spec?.selector?.matchLabels : undefined;
    if (selector !== undefined) selectors[reference.name] = selector;
    const others = othersOptions(object.metadata.annotations);
    if (others !== undefined) kept[keyOf(reference)] = others;
  }
  return { selectors, kept };
}

/** Reads what others wrote into the Application. */
export async function foreignOf(cluster: Cluster, name: ApplicationName | ""): Promise<Foreign> {
  const application = name === "" ? undefined : await cluster.get<Application>(applicationReference(name));
  if (application === undefined) return nothingForeign;
  const { syncOptions = [] } = application.spec.syncPolicy ?? {};
  const patches = patchesOf(application).filter((patch) => writerOf(patch) === undefined);
  const { server, name: named } = application.spec.destination ?? {};
  const kept = othersOptions(application.metadata.annotations);
  return {
    patches,
    syncOptions,
    automated: automatedOf(application) ?? {},
    ...(server === undefined && named !== undefined ? { cluster: named } : {}),
    ...(kept === undefined ? {} : { kept }),
  };
}
