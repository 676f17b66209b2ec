import { setTimeout as sleep } from "node:timers/promises";
import type { Manifest } from "../../../services/apiClient.ts";
import { namespace, type Cluster, type Pod } from "../cluster.ts";
import type { Logs } from "./log.ts";

/** Ports of the service and its Dapr sidecar, on 127.0.0.1. */
export interface Backend {
  readonly port: number;
  readonly sidecar: number;
  /** The port the service has inside its Pod. */
  readonly containerPort: number;
}

/**
 * Tells kwok, for every Pod of a simulated service, that port-forward reaches the service, logs read its log, and
 * exec runs a command whose HTTP requests go where they would go from within that Pod.
 */
export class Transport {
  readonly #cluster: Cluster;
  readonly #logs: Logs;
  readonly #backends: ReadonlyMap<string, Backend>;
  readonly #changed: (service: string, pod: Pod) => Promise<void>;
  readonly #wired = new Map<string, string>();
  #alive: ReadonlySet<string> = new Set();
  #looks = 0;

  /** @param changed called for a Pod that is new and wired */
  constructor(
    cluster: Cluster,
    logs: Logs,
    backends: ReadonlyMap<string, Backend>,
    changed: (service: string, pod: Pod) => Promise<void>,
  ) {
    this.#cluster = cluster;
    this.#logs = logs;
    this.#backends = backends;
    this.#changed = changed;
  }

  /** The services that have a Pod which can be reached. */
  get reachable(): ReadonlySet<string> {
    return new Set(this.#wired.values());
  }

  /** The services that have a Pod whose containers are ready. */
  get alive(): ReadonlySet<string> {
    return this.#alive;
  }

  /** The number of looks at all Pods. */
  get looks(): number {
    return this.#looks;
  }

  /** Follows the Pods as they come and go, for good. */
  async follow(): Promise<never> {
    for (;;) {
      try {
        await this.#look();
      } catch (error) {
        process.stderr.write(`The Pods could not be read: ${(error as Error).message}\n`);
      }
      await sleep(200);
    }
  }

  async #look(): Promise<void> {
    const pods = await this.#cluster.pods();
    const present = new Set<string>();
    const alive = new Set<string>();
    for (const pod of pods) {
      const service = pod.metadata.labels?.["app"] ?? "";
      const backend = this.#backends.get(service);
      if (!backend || pod.metadata.deletionTimestamp !== undefined || pod.status?.phase !== "Running")
        continue;
      present.add(pod.metadata.uid);
      if (pod.status.containerStatuses?.every(({ ready }) => ready) ?? true) alive.add(service);
      if (this.#wired.has(pod.metadata.uid)) continue;
      await this.#wire(service, backend, pod);
      this.#wired.set(pod.metadata.uid, service);
      await this.#changed(service, pod);
    }
    for (const uid of this.#wired.keys()) if (!present.has(uid)) this.#wired.delete(uid);
    this.#alive = alive;
    this.#looks += 1;
  }

  async #wire(service: string, { port, sidecar, containerPort }: Backend, pod: Pod): Promise<void> {
    const { name, uid } = pod.metadata;
    const to = (target: number) => ({ address: "127.0.0.1", port: target });
    // They go when the Pod goes.
    const metadata = { name, namespace, ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid }] };
    const manifest = (kind: string, spec: object): Manifest => ({
      apiVersion: "kwok.x-k8s.io/v1alpha1",
      kind,
      metadata,
      spec,
    });
    const forwards = [
      { ports: [containerPort], target: to(port) },
      { ports: [3500], target: to(sidecar) },
    ];
    const environment = {
      ...(await this.#cluster.plainEnvironment(service)),
      HOSTNAME: name,
      // Every HTTP request of the command gets its answer as from within the Pod.
      http_proxy: `http://127.0.0.1:${String(port)}`,
      HTTP_PROXY: `http://127.0.0.1:${String(port)}`,
      no_proxy: "",
    };
    const local = {
      workDir: "/",
      envs: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
      // Not as the owner of the sandbox where that can be helped.
      ...(process.getuid?.() === 0 ? { securityContext: { runAsUser: 65534, runAsGroup: 65534 } } : {}),
    };
    const group = "kwok.x-k8s.io/v1alpha1";
    await Promise.all([
      this.#cluster.apply(`${group}/portforwards`, manifest("PortForward", { forwards })),
      this.#cluster.apply(
        `${group}/logs`,
        manifest("Logs", { logs: [{ logsFile: this.#logs.path(service) }] }),
      ),
      this.#cluster.apply(`${group}/execs`, manifest("Exec", { execs: [{ local }] })),
    ]);
  }
}
