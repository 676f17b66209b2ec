import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type V1Pod,
} from "@kubernetes/client-node";
import { kubeconfigOf, readContext } from "../../lib/kubernetes/kubeconfig.ts";
import { answered } from "./answered.ts";
import { CheckFailure } from "./check.ts";
import { forward, type Forwarded } from "./forward.ts";
import { brief, rootMessage, textAt } from "./values.ts";

/** The access to the cluster, by the stack's outputs. */
export interface ClusterAccess {
  /** Path of a kubeconfig or its content; empty for KUBECONFIG, ~/.kube/config or the Pod's account. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly namespace: string;
}

/** The namespace as the suites see it: pods, their logs and ports. Reads only. */
export class Cluster {
  readonly namespace: string;
  readonly config: KubeConfig;
  readonly #core: CoreV1Api;
  readonly #apps: AppsV1Api;
  readonly #custom: CustomObjectsApi;
  readonly #forwards = new Map<string, Promise<Forwarded>>();

  constructor({ kubeconfig, context, namespace }: ClusterAccess) {
    this.namespace = namespace;
    this.config = new KubeConfig();
    this.config.loadFromString(kubeconfigOf(readContext({ kubeconfig, context })));
    this.#core = this.config.makeApiClient(CoreV1Api);
    this.#apps = this.config.makeApiClient(AppsV1Api);
    this.#custom = this.config.makeApiClient(CustomObjectsApi);
  }

  async pods(): Promise<readonly V1Pod[]> {
    return (await asked(this.#core.listNamespacedPod({ namespace: this.namespace }))).items;
  }

  /** Deployments and StatefulSets: how many pods each wants, and how many are ready. */
  async workloads(): Promise<readonly { kind: string; name: string; wanted: number; ready: number }[]> {
    const [deployments, sets] = await Promise.all([
      asked(this.#apps.listNamespacedDeployment({ namespace: this.namespace })),
      asked(this.#apps.listNamespacedStatefulSet({ namespace: this.namespace })),
    ]);
    const of = (kind: string) => (object: (typeof deployments.items | typeof sets.items)[number]) => ({
      kind,
      name: object.metadata?.name ?? "",
      wanted: object.spec?.replicas ?? 1,
      ready: object.status?.readyReplicas ?? 0,
    });
    return [...deployments.items.map(of("Deployment")), ...sets.items.map(of("StatefulSet"))];
  }

  /** Objects of one of Dapr's kinds in the namespace. */
  async daprObjects<T>(plural: "components" | "resiliencies"): Promise<readonly T[]> {
    const where = { group: "dapr.io", version: "v1alpha1", namespace: this.namespace, plural };
    const list = (await asked(this.#custom.listNamespacedCustomObject(where))) as {
      readonly items: readonly T[];
    };
    return list.items;
  }

  /** A service's pods and the port it listens on: by its Service, or by the label `app` where it has none. */
  async podsOf(service: string): Promise<{ readonly pods: readonly V1Pod[]; readonly port: number }> {
    const found = await this.#service(service);
    const selector = found?.spec?.selector ?? { app: service };
    const labelSelector = Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const { items } = await asked(this.#core.listNamespacedPod({ namespace: this.namespace, labelSelector }));
    const pods = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    const target = found?.spec?.ports?.[0]?.targetPort;
    const named = pods
      .flatMap(({ spec }) => spec?.containers ?? [])
      .flatMap(({ ports }) => ports ?? [])
      .find(({ name }) => name === target)?.containerPort;
    return { pods, port: typeof target === "number" ? target : (named ?? 3000) };
  }

  /** A port of a pod as an address on this machine; the same at every call. */
  forward(pod: string, port: number): Promise<Forwarded> {
    const key = `${pod}:${String(port)}`;
    const present = this.#forwards.get(key);
    if (present !== undefined) return present;
    const made = forward(this.config, { namespace: this.namespace, name: pod, port });
    this.#forwards.set(key, made);
    return made;
  }

  /** The last lines of what a pod's own container wrote, the sidecar's left out. */
  async log(pod: V1Pod, lines: number): Promise<readonly string[]> {
    const containers = pod.spec?.containers.map(({ name }) => name) ?? [];
    const own = containers.find((name) => name === pod.metadata?.labels?.["app"]);
    const container = own ?? containers.find((name) => name !== "daprd");
    const text = await asked(
      this.#core.readNamespacedPodLog({
        namespace: this.namespace,
        name: pod.metadata?.name ?? "",
        tailLines: lines,
        ...(container === undefined ? {} : { container }),
      }),
    );
    // The client parses what looks like JSON, and a single line of a log may.
    const plain: unknown = text;
    return (typeof plain === "string" ? plain : JSON.stringify(plain ?? "")).split("\n").filter(Boolean);
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#forwards.values());
    for (const each of opened) if (each.status === "fulfilled") each.value.close();
  }

  async #service(name: string) {
    try {
      return await asked(this.#core.readNamespacedService({ namespace: this.namespace, name }));
    } catch (error) {
      const { cause } = error as Error;
      if (cause instanceof ApiException && cause.code === 404) return undefined;
      throw error;
    }
  }
}

/** @throws CheckFailure that says it is the cluster which refuses, or does not answer */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answered("the cluster", answer, { within: 30_000 });
  } catch (cause) {
    throw new CheckFailure(clusterTrouble(cause), { cause });
  }
}

/** The client's own message for an answer of the cluster holds its body and headers. */
export function clusterTrouble(error: unknown): string {
  if (!(error instanceof ApiException)) return `the cluster cannot be asked: ${rootMessage(error)}`;
  const body: unknown = error.body;
  const status: unknown = typeof body === "string" ? parsed(body) : body;
  return `the cluster answered ${String(error.code)}: ${textAt(status, "message") ?? brief(body)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Running, with every container ready, and not about to go. */
export function isReady({ metadata, status }: V1Pod): boolean {
  const containers = status?.containerStatuses ?? [];
  return (
    metadata?.deletionTimestamp === undefined &&
    status?.phase === "Running" &&
    containers.length > 0 &&
    containers.every(({ ready }) => ready)
  );
}
