import type { KubernetesObject } from "./api.ts";

/** How ArgoCD knows the objects of an Application: by an annotation (its default since 3.0) or by a label. */
export type TrackingMethod = "annotation" | "label";

const trackingId = "argocd.argoproj.io/tracking-id";
const instance = "app.kubernetes.io/instance";

/** The object as it is applied: with the mark by which it is known to be the Application's. */
export function tracked(
  object: KubernetesObject,
  application: string,
  method: TrackingMethod,
): KubernetesObject {
  const { metadata } = object;
  const marked =
    method === "label"
      ? { labels: { ...metadata.labels, [instance]: application } }
      : { annotations: { ...metadata.annotations, [trackingId]: mark(object, application) } };
  return { ...object, metadata: { ...metadata, ...marked } };
}

/** Whether the object carries the Application's mark. A mark copied from another object does not count. */
export function isTracked(object: KubernetesObject, application: string, method: TrackingMethod): boolean {
  return method === "label"
    ? object.metadata.labels?.[instance] === application
    : object.metadata.annotations?.[trackingId] === mark(object, application);
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

function mark(object: KubernetesObject, application: string): string {
  const namespace = object.metadata.namespace ?? object.metadata.name;
  return `${application}:${group(object)}/${object.kind}:${namespace}/${object.metadata.name}`;
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

/** How ArgoCD judges a Deployment; what has no controller here counts as healthy. */
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
