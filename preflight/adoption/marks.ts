import type { AnyObject } from "./declaration.ts";

const trackingId = "argocd.argoproj.io/tracking-id";
const instance = "app.kubernetes.io/instance";
const syncOptions = "argocd.argoproj.io/sync-options";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Takes off an object what the take-over (providers/argocdTakeOver/marks.ts) takes off it before it changes hands. */
export function withoutMarks({
  application,
}: {
  readonly application: string;
}): (object: AnyObject) => AnyObject {
  return (object) => {
    const { annotations = {}, labels = {} } = object.metadata;
    const tracked =
      annotations[trackingId]?.startsWith(`${application}:`) === true || labels[instance] === application;
    const options = (annotations[syncOptions] ?? "").split(",").filter(Boolean);
    const left = Object.entries(annotations).filter(
      ([name]) => name !== lastApplied && (name !== trackingId || !tracked),
    );
    const kept = tracked ? [[syncOptions, [...new Set([...options, "Prune=false"])].join(",")]] : [];
    return {
      ...object,
      metadata: {
        ...object.metadata,
        annotations: Object.fromEntries([...left, ...kept]) as Record<string, string>,
        labels: Object.fromEntries(
          Object.entries(labels).filter(([name, value]) => name !== instance || value !== application),
        ),
      },
    };
  };
}
