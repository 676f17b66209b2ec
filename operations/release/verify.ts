import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster, ClusterObject } from "../../lib/kubernetes/cluster.ts";
import type { Release } from "../../settings/release.ts";

interface Workload extends ClusterObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly replicas?: number;
  };
}

interface Pod extends ClusterObject {
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly image?: string;
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
      };
    }[];
  };
}

/** A service that is not yet as the release says, and why. */
export interface Lagging {
  /** As in `Deployment orchestrator`. */
  readonly service: string;
  readonly expected: string;
  readonly got: string;
}

/** Services of the namespace that run an image of the release, and do not yet run it at its digest, all Pods ready. */
export async function lagging(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  prefix: string,
  release: Release,
): Promise<Lagging[]> {
  const found: Lagging[] = [];
  for (const kind of ["Deployment", "StatefulSet"]) {
    const workloads = await cluster.list<Workload>({ apiVersion: "apps/v1", kind, namespace });
    for (const workload of workloads) {
      const wrong = differing(workload, prefix, release) ?? (await unready(cluster, namespace, workload));
      if (wrong !== undefined && runsRelease(workload, prefix, release))
        found.push({ service: `${kind} ${workload.metadata.name ?? ""}`, ...wrong });
    }
  }
  return found;
}

/**
 * Waits until every service runs the release.
 *
 * @param progress - gets a line each time that what hangs changes
 * @returns what still hangs when the time is over
 */
export async function untilRolled(
  look: () => Promise<readonly Lagging[]>,
  minutes: number,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Lagging[]> {
  const deadline = Date.now() + minutes * 60_000;
  let told = "";
  for (;;) {
    const left = await look();
    if (left.length === 0 || Date.now() > deadline) return left;
    const line = left.map(({ service, got }) => `${service} (${got})`).join(", ");
    if (line !== told) progress(`waiting for ${line}`);
    told = line;
    await sleep(1_000, undefined, { signal });
  }
}

function imagesOf(workload: Workload, prefix: string): { name: string; reference: string }[] {
  return workload.spec.template.spec.containers.flatMap(({ image }) => {
    const [, name, reference] = image.startsWith(`${prefix}-`)
      ? (/^([a-z0-9-]+)(?:[@:](.*))?$/.exec(image.slice(prefix.length + 1)) ?? [])
      : [];
    return name === undefined ? [] : [{ name, reference: reference ?? "latest" }];
  });
}

function runsRelease(workload: Workload, prefix: string, { images }: Release): boolean {
  return imagesOf(workload, prefix).some(({ name }) => images[name] !== undefined);
}

function differing(
  workload: Workload,
  prefix: string,
  { images }: Release,
): Omit<Lagging, "service"> | undefined {
  const wrong = imagesOf(workload, prefix).find(
    ({ name, reference }) => images[name] !== undefined && images[name] !== reference,
  );
  return wrong === undefined ? undefined : { expected: images[wrong.name] ?? "", got: wrong.reference };
}

async function unready(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  { metadata, spec, status = {} }: Workload,
): Promise<Omit<Lagging, "service"> | undefined> {
  const wanted = spec.replicas ?? 1;
  const { generation } = metadata as { readonly generation?: number };
  const seen = status.observedGeneration === undefined || status.observedGeneration === generation;
  const updated = status.updatedReplicas ?? 0;
  const ready = status.readyReplicas ?? 0;
  if (seen && updated >= wanted && ready >= wanted && (status.replicas ?? 0) <= wanted) return undefined;
  const labelSelector = Object.entries(spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pods = await cluster.list<Pod>({ apiVersion: "v1", kind: "Pod", namespace, labelSelector });
  const reasons = pods.flatMap(({ status: pod }) =>
    (pod?.containerStatuses ?? []).flatMap(
      ({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? [],
    ),
  );
  const why = reasons.length === 0 ? "" : `: ${[...new Set(reasons)].join(", ")}`;
  return {
    expected: `${String(wanted)} ready Pods`,
    got: `${String(ready)} ready, ${String(updated)} updated of ${String(wanted)}${why}`,
  };
}
