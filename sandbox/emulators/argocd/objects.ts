import type { KubernetesObject } from "./api.ts";
import type { Settings } from "./settings.ts";

const trackingId = "argocd.argoproj.io/tracking-id";
const installationId = "argocd.argoproj.io/installation-id";
const longestLabel = 63;

/** An Application, as marks name it. */
export interface Instance {
  readonly name: string;
  /** Namespace it deploys to: marks of what lies in no namespace say it too. */
  readonly destination: string;
  readonly settings: Settings;
}

/** The object as it is applied: with the marks by which it is known to be the Application's. */
export function tracked(object: KubernetesObject, instance: Instance): KubernetesObject {
  const { metadata } = object;
  const { method, labelKey, installationId: id } = instance.settings;
  // With both, the label is cut where it is too long: it is for people.
  const label = method === "label" ? instance.name : instance.name.slice(0, longestLabel);
  const labels = method === "annotation" ? {} : { labels: { ...metadata.labels, [labelKey]: label } };
  const annotations = {
    ...metadata.annotations,
    [trackingId]: mark(object, instance),
    ...(id === "" ? {} : { [installationId]: id }),
  };
  return { ...object, metadata: { ...metadata, ...labels, ...(method === "label" ? {} : { annotations }) } };
}

/**
 * Whether ArgoCD counts the object as the Application's, and so deletes or prunes it: by the label's value, or by an
 * annotation that speaks of this very object, for a mark copied from another does not count. An object that another
 * one owns is its owner's.
 */
export function isTracked({ metadata, ...object }: KubernetesObject, instance: Instance): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return false;
  const { method, labelKey, installationId: id } = instance.settings;
  if (method === "label") return metadata.labels?.[labelKey] === instance.name;
  if (id !== "" && metadata.annotations?.[installationId] !== id) return false;
  const [name, type, place] = metadata.annotations?.[trackingId]?.split(":") ?? [];
  const [namespace, own] = place?.split("/") ?? [];
  return (
    name === instance.name &&
    type === `${group(object)}/${object.kind}` &&
    own === metadata.name &&
    (metadata.namespace === undefined || metadata.namespace === namespace)
  );
}

/** Whether an annotation of ArgoCD's with several options, parted by commas, names this one. */
export function hasOption(object: KubernetesObject, annotation: string, option: string): boolean {
  const options = object.metadata.annotations?.[`argocd.argoproj.io/${annotation}`] ?? "";
  return options.split(",").some((given) => given.trim() === option);
}

/** Names the object among all of one cluster. */
export function key(object: KubernetesObject): string {
  return `${group(object)}/${object.kind}:${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

export function group(object: { readonly apiVersion: string }): string {
  return object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
}

function mark(object: KubernetesObject, { name, destination }: Instance): string {
  const namespace = object.metadata.namespace ?? destination;
  return `${name}:${group(object)}/${object.kind}:${namespace}/${object.metadata.name}`;
}

/** Whether the live object has everything the desired one says; what else it has is of no account. */
export function holds(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(live)) return false;
    // Lists like a container's environment belong to several at once, and are known by name, not by place.
    if (desired.every(isNamed)) {
      return desired.every((item) =>
        holds(
          live.filter(isNamed).find(({ name }) => name === item.name),
          item,
        ),
      );
    }
    return live.length === desired.length && desired.every((item, at) => holds(live[at], item));
  }
  if (typeof desired === "object" && desired !== null) {
    return Object.entries(desired).every(([field, value]) =>
      holds((live as Record<string, unknown> | null)?.[field], value),
    );
  }
  // The API server leaves empty texts out of what it stores.
  return live === desired || (live === undefined && (desired === "" || desired === null));
}

function isNamed(item: unknown): item is { readonly name: string } {
  return typeof item === "object" && item !== null && "name" in item;
}

export type Health = "Healthy" | "Progressing" | "Degraded" | "Missing";

/** ArgoCD's judgement of a Deployment; an object without a controller here counts as healthy. */
export function health(object: KubernetesObject | undefined): { status: Health; message?: string } {
  if (object === undefined) return { status: "Missing" };
  if (object.kind !== "Deployment") return { status: "Healthy" };
  const { replicas = 1 } = object["spec"] as { readonly replicas?: number };
  const status = (object["status"] ?? {}) as {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly { type: string; reason?: string; message?: string }[];
  };
  const stuck = status.conditions?.find(({ reason }) => reason === "ProgressDeadlineExceeded");
  if (stuck !== undefined)
    return { status: "Degraded", ...(stuck.message === undefined ? {} : { message: stuck.message }) };
  const { updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  if (
    observedGeneration < (object.metadata.generation ?? 0) ||
    updatedReplicas < replicas ||
    availableReplicas < replicas
  ) {
    return {
      status: "Progressing",
      message: `${String(availableReplicas)} of ${String(replicas)} replicas are available`,
    };
  }
  return { status: "Healthy" };
}
