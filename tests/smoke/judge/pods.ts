import type { V1Pod } from "@kubernetes/client-node";
import { isReady } from "../../live/cluster.ts";
import { state } from "../../live/whereabouts.ts";

export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

/** Pods that are not as they should be, and what is the matter, each on a line. */
export interface PodTroubles {
  /** Pods that count. */
  readonly looked: number;
  readonly troubles: readonly string[];
}

/**
 * Every pod is Running with all of its containers ready, and every workload has as many as it wants: a
 * workload whose pods could not even be made has none that are not Running.
 *
 * Pods of Jobs come and go, and a finished one is no trouble; what the upkeep's Job is for has a check of its
 * own. Pods that are being deleted have successors that count.
 */
export function podTroubles(pods: readonly V1Pod[], workloads: readonly Workload[]): PodTroubles {
  const counted = pods.filter(
    ({ metadata }) =>
      metadata?.deletionTimestamp === undefined &&
      metadata?.ownerReferences?.some(({ kind }) => kind === "Job") !== true,
  );
  const notReady = counted
    .filter((pod) => !isReady(pod))
    .map((pod) => `${pod.metadata?.name ?? "?"} is ${state(pod)}`);
  const short = workloads
    .filter(({ ready, wanted }) => ready < wanted)
    .map(
      ({ kind, name, ready, wanted }) =>
        `${kind} ${name} has ${String(ready)} of ${String(wanted)} pods ready`,
    );
  const none = counted.length === 0 ? ["there is no pod at all"] : [];
  return { looked: counted.length, troubles: [...none, ...notReady, ...short] };
}
