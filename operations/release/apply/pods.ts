import type { Cluster, ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import type { ReleasePlace } from "./verify.ts";

interface Pod extends ClusterObject {
  readonly spec?: { readonly containers?: readonly { readonly image: string }[] };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/** A Pod that a release has made. */
export interface NewPod {
  readonly uid: string;
  /** Name of the image, which is the service's. */
  readonly service: string;
  readonly digest: string;
  /** Times when it was made and became ready, ISO 8601 to the second. */
  readonly made: string;
  readonly ready: string | undefined;
}

/**
 * Pods with an image of the application by digest, made since a time. They are for the timeline alone, so a cluster that
 * gives no answer is told, and no error.
 */
export async function podsSince(
  cluster: Pick<Cluster, "list">,
  { namespace, prefix }: Pick<ReleasePlace, "namespace" | "prefix">,
  since: Date,
  tell: (line: string) => void,
): Promise<NewPod[]> {
  const listed = cluster.list<Pod>({ apiVersion: "v1", kind: "Pod", namespace });
  const pods = await listed.catch((error: unknown) => {
    tell(`the timeline lacks Pods: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  });
  return pods.flatMap(({ metadata, spec, status }) => {
    const { uid = "", creationTimestamp: made = "" } = metadata;
    // The cluster's times are whole seconds.
    if (Date.parse(made) < Math.floor(since.getTime() / 1000) * 1000) return [];
    const ready = status?.conditions?.find((one) => one.type === "Ready" && one.status === "True");
    return (spec?.containers ?? []).flatMap(({ image }) => {
      if (!image.startsWith(`${prefix}-`)) return [];
      const [service = "", digest] = image.slice(prefix.length + 1).split("@");
      return digest === undefined ? [] : [{ uid, service, digest, made, ready: ready?.lastTransitionTime }];
    });
  });
}
