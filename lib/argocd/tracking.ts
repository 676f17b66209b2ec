import type { ClusterObject } from "../kubernetes/cluster.ts";
import type { ApplicationName } from "./application.ts";

/** ArgoCD's settings for marking the objects of its Applications; read from its ConfigMap `argocd-cm`. */
export interface Tracking {
  /** Namespace of ArgoCD itself, empty where it is not known; Applications elsewhere are NAMESPACE_NAME in marks. */
  readonly namespace: string;
  /** Empty where nobody has set it: the default is `annotation` since ArgoCD 3.0, and was `label` before. */
  readonly method: "annotation" | "label" | "annotation+label" | "";
  readonly labelKey: string;
  /** Empty where the installation has none. */
  readonly installationId: string;
}

export const trackingId = "argocd.argoproj.io/tracking-id";
export const installationIdKey = "argocd.argoproj.io/installation-id";
const usualLabel = "app.kubernetes.io/instance";
/** The key by which ArgoCD's own chart sets it. */
const chartLabel = "argocd.argoproj.io/instance";
const longestLabel = 63;

/** @param data - of argocd-cm; undefined where it is not there or nobody may read it */
export function trackingOf(namespace: string, data: Readonly<Record<string, string>> = {}): Tracking {
  const method = data["application.resourceTrackingMethod"] ?? "";
  return {
    namespace,
    // ArgoCD takes what it does not know for its default.
    method: isMethod(method) ? method : "annotation",
    labelKey: data["application.instanceLabelKey"] || usualLabel,
    installationId: data["installationID"] ?? "",
  };
}

function isMethod(text: string): text is Tracking["method"] {
  return ["annotation", "label", "annotation+label", ""].includes(text);
}

/** The possible names of the Application in marks: one where ArgoCD's own namespace is known. */
export function instanceNames({ namespace, name }: ApplicationName, tracking: Tracking): string[] {
  const elsewhere = `${namespace}_${name}`;
  if (tracking.namespace === "") return [name, elsewhere];
  return [namespace === tracking.namespace ? name : elsewhere];
}

/** The Application that a mark's text names. */
export function applicationOf(instance: string, tracking: Tracking): ApplicationName {
  const at = instance.indexOf("_");
  if (at < 0) return { namespace: tracking.namespace, name: instance };
  return { namespace: instance.slice(0, at), name: instance.slice(at + 1) };
}

/**
 * The Application that the object's marks name, as ArgoCD itself reads them; undefined where it counts the object
 * as nobody's. With the method `annotation+label` the label is for people alone.
 */
export function trackedBy({ metadata }: ClusterObject, tracking: Tracking): string | undefined {
  const { method, installationId, labelKey } = tracking;
  const label = metadata.labels?.[labelKey];
  if (method === "label") return label;
  const [instance, kind, place] = metadata.annotations?.[trackingId]?.split(":") ?? [];
  const isId = kind !== undefined && place !== undefined;
  const isOther = installationId !== "" && metadata.annotations?.[installationIdKey] !== installationId;
  return isId && !isOther ? instance : method === "" ? label : undefined;
}

/**
 * Metadata that takes the Application's marks off the object, of every form: ArgoCD may have been set to another
 * one since. Null removes a field.
 *
 * @returns undefined where there is none
 */
export function withoutMarks(
  { metadata }: ClusterObject,
  application: ApplicationName,
  tracking: Tracking,
): { annotations: Record<string, null>; labels: Record<string, null> } | undefined {
  const { annotations = {}, labels = {} } = metadata;
  const instances = instanceNames(application, tracking);
  const annotated = instances.some((instance) => annotations[trackingId]?.startsWith(`${instance}:`));
  const labelled = (key: string) => instances.some((name) => labels[key] === name.slice(0, longestLabel));
  // The label that charts give too is ArgoCD's mark only where ArgoCD is set to give it, or has given the annotation.
  const keys = [tracking.labelKey, chartLabel, usualLabel].filter(
    (key) => labelled(key) && (key !== usualLabel || annotated || tracking.method !== "annotation"),
  );
  if (!annotated && keys.length === 0) return undefined;
  const drop = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, null]));
  return {
    annotations: annotated
      ? drop([trackingId, ...(annotations[installationIdKey] === undefined ? [] : [installationIdKey])])
      : {},
    labels: drop([...new Set(keys)]),
  };
}
