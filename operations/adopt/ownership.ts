import type { Cluster, ClusterObject } from "../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../lib/kubernetes/request.ts";
import { managersOf } from "../../lib/kubernetes/fieldSet.ts";
import type { PlannedObject } from "../../preflight/adoption/document.ts";

/** An object of the namespace, and whose it is. */
export interface OwnedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly owner:
    "this stack" | "another stack" | "ArgoCD" | "an operator" | "Helm" | "Kubernetes" | "a person";
  /** The mark by which it is known. */
  readonly why: string;
  /** The stack takes it over. */
  readonly adopted: boolean;
}

/** Records of the moment, which nobody owns. */
const passing = new Set(["Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision", "PodMetrics"]);

/**
 * Every object of the namespace with its owner; read-only.
 *
 * @param planned - what the stack is about to declare
 * @param tell - takes a line for each kind whose objects cannot be listed, and are left out
 * @throws ApiError where the kinds cannot be listed
 */
export async function ownershipMap(
  cluster: Pick<Cluster, "kinds" | "list">,
  namespace: string,
  stack: string,
  planned: readonly PlannedObject[],
  tell: (line: string) => void,
): Promise<OwnedObject[]> {
  const kinds = (await cluster.kinds()).filter(
    ({ kind, namespaced, verbs }) => namespaced && verbs.includes("list") && !passing.has(kind),
  );
  const lists = await Promise.all(
    kinds.map(async ({ apiVersion, kind }) => {
      const listed = cluster.list<ClusterObject>({ apiVersion, kind, namespace });
      const items = await listed.catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        tell(`the owners of each ${kind} (${apiVersion}) are not listed: ${error.message}`);
        return [];
      });
      return items.map((object): OwnedObject => {
        const name = object.metadata.name ?? "";
        const adopted = planned.some((each) => !each.patched && each.kind === kind && each.name === name);
        return { apiVersion, kind, name, ...ownerOf(object, kind, stack), adopted };
      });
    }),
  );
  const label = ({ kind, name }: OwnedObject) => `${kind} ${name}`;
  return lists.flat().sort((a, b) => (label(a) < label(b) ? -1 : 1));
}

/** The owner of an object, by the strongest of its marks. */
export function ownerOf(
  object: ClusterObject,
  kind: string,
  stack: string,
): Pick<OwnedObject, "owner" | "why"> {
  const { labels = {}, annotations = {}, name = "" } = object.metadata;
  const { ownerReferences = [] } = object.metadata as {
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  const managers = managersOf(object).flatMap(({ manager, subresource }) =>
    manager === undefined || subresource !== undefined ? [] : [manager],
  );
  // Before all else: what a controller makes copies the annotations of what it is made for.
  const [reference] = ownerReferences;
  if (reference !== undefined) {
    return { owner: "an operator", why: `ownerReference to ${reference.kind} ${reference.name}` };
  }
  const declaring = annotations["mesh-six/stack"];
  if (declaring !== undefined) {
    const owner = declaring === stack ? "this stack" : "another stack";
    return { owner, why: `annotation mesh-six/stack=${declaring}` };
  }
  const tracking = annotations["argocd.argoproj.io/tracking-id"];
  if (tracking !== undefined) return { owner: "ArgoCD", why: `tracking-id of ${tracking.split(":")[0]!}` };
  if (managers.includes("argocd-controller"))
    return { owner: "ArgoCD", why: "field manager argocd-controller" };
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined) return { owner: "Helm", why: `release ${release}` };
  const isDefault = kind === "ServiceAccount" && name === "default";
  if (isDefault || (kind === "ConfigMap" && name === "kube-root-ca.crt"))
    return { owner: "Kubernetes", why: "every namespace has it" };
  const applied = managers.some((manager) => manager.startsWith("pulumi-kubernetes"));
  if (applied) return { owner: "another stack", why: "field manager of Pulumi, no stack's annotation" };
  const instance = labels["app.kubernetes.io/instance"];
  if (instance !== undefined) return { owner: "ArgoCD", why: `label app.kubernetes.io/instance=${instance}` };
  return {
    owner: "a person",
    why: managers.length === 0 ? "no other mark" : `field managers ${[...new Set(managers)].join(", ")}`,
  };
}
