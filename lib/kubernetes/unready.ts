import { describe, type Cluster, type ClusterObject, type ObjectReference } from "./cluster.ts";

/** An object that is not ready, and why as far as the cluster says it. */
export interface Unready {
  readonly reference: ObjectReference;
  /** Each once, in the cluster's own words on one line; none where the cluster gives none. */
  readonly reasons: readonly string[];
}

/** `Deployment mesh-six/dashboard (ImagePullBackOff: …)` */
export function describeUnready({ reference, reasons }: Unready): string {
  return reasons.length === 0 ? describe(reference) : `${describe(reference)} (${reasons.join("; ")})`;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Terminated {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Terminated;
  };
  /** State of the container before, where it was started again. */
  readonly lastState?: { readonly terminated?: Terminated };
}

interface Pod extends ClusterObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface Event extends ClusterObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** The fields of all kinds that are looked at; each kind has some of them. */
interface Watched extends ClusterObject {
  readonly metadata: ClusterObject["metadata"] & { readonly generation?: number };
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/** Kinds whose readiness is looked at; all others count as ready. */
const kinds: Readonly<Record<string, (object: Watched) => boolean>> = {
  Deployment: (object) => hasReplicas(object),
  StatefulSet: (object) => hasReplicas(object),
  DaemonSet: ({ status }) => (status?.numberReady ?? 0) >= (status?.desiredNumberScheduled ?? 0),
  Job: ({ status }) => !holds(status?.conditions, "Failed"),
  PersistentVolumeClaim: ({ status }) => status?.phase === "Bound",
  ExternalSecret: ({ status }) => holds(status?.conditions, "Ready"),
};

/**
 * The objects that are not ready, with the reasons: conditions of their own (ReplicaFailure of a quota), their Pods'
 * reasons to wait, and the warnings that the cluster recorded about them. An object that is not there is left out.
 *
 * @throws ApiError
 */
export async function unreadyObjects(
  cluster: Cluster,
  references: readonly ObjectReference[],
): Promise<readonly Unready[]> {
  const read = new Surroundings(cluster);
  const watched = references.filter(({ kind }) => Object.hasOwn(kinds, kind));
  const found = await Promise.all(
    watched.map(async (reference): Promise<Unready | undefined> => {
      const object = await cluster.get<Watched>(reference);
      if (object === undefined || kinds[reference.kind]?.(object)) return undefined;
      return { reference, reasons: await read.reasonsOf(reference, object) };
    }),
  );
  return found.filter((each) => each !== undefined);
}

function hasReplicas({ metadata, spec, status }: Watched): boolean {
  const wanted = spec?.replicas ?? 1;
  const { observedGeneration = 0, replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status ?? {};
  // A status of before the change says nothing.
  if (observedGeneration < (metadata.generation ?? 0)) return false;
  // Pods of before the change may still answer until they are gone.
  return (
    readyReplicas >= wanted && updatedReplicas >= wanted && replicas <= Math.max(wanted, updatedReplicas)
  );
}

function holds(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((each) => each.type === type && each.status === "True") ?? false;
}

/** Pods and warnings, read once for each namespace. */
class Surroundings {
  readonly #cluster: Cluster;
  readonly #pods = new Map<string, Promise<readonly Pod[]>>();
  readonly #warnings = new Map<string, Promise<readonly Event[]>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async reasonsOf(reference: ObjectReference, object: Watched): Promise<readonly string[]> {
    const { namespace, kind, name } = reference;
    const labels = Object.entries(object.spec?.selector?.matchLabels ?? {});
    const all = labels.length === 0 ? [] : await this.#podsIn(namespace);
    const own = all.filter(({ metadata }) =>
      labels.every(([key, value]) => metadata.labels?.[key] === value),
    );
    const reasons = [...conditionReasons(object), ...own.flatMap(podReasons)];
    if (reasons.length === 0) {
      // Warnings about the Pods, and about the objects that make them.
      const names = new Set(own.map((pod) => pod.metadata.name));
      const warnings = (await this.#warningsIn(namespace)).filter(
        ({ involvedObject }) =>
          (involvedObject?.kind === kind && involvedObject.name === name) ||
          (involvedObject?.kind === "ReplicaSet" && involvedObject.name?.startsWith(`${name}-`)) ||
          (involvedObject?.kind === "Pod" && names.has(involvedObject.name)),
      );
      const last = warnings.at(-1);
      if (last !== undefined) reasons.push(words(last.reason, last.message));
    }
    return [...new Set(reasons)].filter((reason) => reason !== "").slice(0, 3);
  }

  #podsIn(namespace: string): Promise<readonly Pod[]> {
    return once(this.#pods, namespace, () =>
      this.#cluster.list<Pod>({ apiVersion: "v1", kind: "Pod", namespace }),
    );
  }

  /** Oldest first. An account that must not read events sees none. */
  #warningsIn(namespace: string): Promise<readonly Event[]> {
    return once(this.#warnings, namespace, async () => {
      const events = await this.#cluster
        .list<Event>({ apiVersion: "v1", kind: "Event", namespace })
        .catch(() => []);
      return events
        .filter(
          ({ type, involvedObject }) =>
            type === "Warning" || involvedObject?.kind === "PersistentVolumeClaim",
        )
        .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
    });
  }
}

function once<T>(kept: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const value = kept.get(key) ?? read();
  kept.set(key, value);
  return value;
}

function timeOf({ lastTimestamp, eventTime, metadata }: Event): string {
  return lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
}

/** Conditions that say why nothing comes, such as a quota, a LimitRange, or a key that the vault does not hold. */
function conditionReasons({ status }: Watched): string[] {
  return (status?.conditions ?? [])
    .filter(
      ({ type, status: state, reason }) =>
        (state === "True" && (type === "ReplicaFailure" || type === "Failed")) ||
        (state === "False" &&
          (type === "Ready" || (type === "Progressing" && reason !== "ReplicaSetUpdated"))) ||
        reason === "DeploymentPaused",
    )
    .map(({ reason, message }) => words(reason, message));
}

function podReasons({ status }: Pod): string[] {
  if (status?.phase === "Succeeded" || holds(status?.conditions, "Ready")) return [];
  const unscheduled = status?.conditions?.find(
    ({ type, status: state }) => type === "PodScheduled" && state === "False",
  );
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return [
    status?.phase === "Failed" ? words(status.reason ?? "Failed", status.message) : "",
    unscheduled === undefined ? "" : words(unscheduled.reason, unscheduled.message),
    ...containers.map(({ name, state, lastState }) => {
      const { waiting, terminated } = state ?? {};
      const before = lastState?.terminated;
      // Two reasons that every Pod has on its way.
      if (waiting !== undefined && !/^(ContainerCreating|PodInitializing)$/.test(waiting.reason ?? ""))
        return `container ${name}: ${words(waiting.reason, waiting.message)}${before?.exitCode ? `; ended before by ${ended(before)}` : ""}`;
      if (terminated?.exitCode) return `container ${name}: ${ended(terminated)}`;
      return "";
    }),
  ].filter((reason) => reason !== "");
}

function ended({ reason, message, exitCode }: Terminated): string {
  return `${words(reason, message)} (exit code ${String(exitCode)})`;
}

function words(reason: string | undefined, message: string | undefined): string {
  const text = (message ?? "").replaceAll(/\s+/g, " ").trim();
  const short = text.length > 300 ? `${text.slice(0, 299)}…` : text;
  return [reason, short].filter((part) => part !== undefined && part !== "").join(": ");
}
