import { stringify } from "yaml";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import {
  applicationReference,
  patchesOf,
  takenOut,
  type Application,
} from "../../../lib/argocd/application.ts";
import { leftAlone } from "../../../lib/argocd/leaveAlone.ts";
import { deletion, signed } from "../../../lib/argocd/ownPatch.ts";
import { connect, type Cluster, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { clusterAccess } from "../../../lib/kubernetes/login.ts";
import { lookAtInstallation } from "../../../preflight/installation.ts";
import type { Wanted } from "../../../preflight/applicationMisfits.ts";
import { eventually, type TestCluster } from "../../support/cluster/cluster.ts";

type Outputs = NonNullable<Awaited<ReturnType<typeof takeOver.create>>["outs"]>;

/** Of the overlay, what the tests' stack declares: a few of each kind that matters. */
const declared = [
  { apiVersion: "dapr.io/v1alpha1", kind: "Component", name: "agent-pubsub" },
  { apiVersion: "dapr.io/v1alpha1", kind: "Component", name: "agent-outbox" },
  { apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", name: "dashboard" },
  { apiVersion: "v1", kind: "Service", name: "dashboard" },
];

const manager = { fieldManager: "pulumi-kubernetes-test", force: true };

/**
 * One stack's take-over of one namespace, by the program's own parts in the program's order, without the engine: what
 * the engine's plugin would write is applied as it would apply it.
 */
export class TakenOver {
  readonly #cluster: TestCluster;
  readonly #namespace: string;
  #olds: Outputs | undefined;

  constructor(cluster: TestCluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  get #name() {
    return { namespace: "argocd", name: this.#namespace };
  }

  get #access() {
    return { kubeconfig: this.#cluster.kubeconfig, context: "" };
  }

  #connect(): Promise<Cluster> {
    return connect(this.#access);
  }

  async application(): Promise<Application> {
    const cluster = await this.#connect();
    const found = await cluster.get<Application>(applicationReference(this.#name));
    if (found === undefined) throw new Error(`Application ${this.#namespace} is gone`);
    return found;
  }

  /** As `pulumi up`: looks, takes over, applies what is declared, then the Application, and waits. */
  async up(): Promise<void> {
    const { source } = (await this.application()).spec;
    const wanted: Wanted = {
      ...{ stack: "test", enabled: true, takeFrom: "", patchesBy: "program", declared },
      ...{ application: this.#name, namespace: this.#namespace, server: "https://kubernetes.default.svc" },
      ...{ repository: source?.repoURL ?? "", path: source?.path ?? "" },
    };
    const access = await clusterAccess(this.#access.kubeconfig, "");
    const { problems, seen } = await lookAtInstallation(access, wanted, () => Promise.resolve(undefined));
    if (problems.length > 0) throw new Error(problems.join("\n"));

    const objects = declared.map((object) => ({ ...object, namespace: this.#namespace }));
    const inputs = { ...this.#access, adopt: true, application: this.#name, objects };
    const { inputs: checked } = await takeOver.check(this.#olds ?? {}, { ...inputs, seen });
    if (checked === undefined) throw new Error("expected inputs");
    const changed =
      this.#olds === undefined || (await takeOver.diff("", this.#olds, checked)).changes === true;
    if (!changed) return;
    const { outs } =
      this.#olds === undefined
        ? await takeOver.create(checked)
        : await takeOver.update("", this.#olds, checked);
    if (outs === undefined) throw new Error("expected outputs");
    this.#olds = outs;
    const cluster = await this.#connect();
    for (const object of objects) {
      const live = await cluster.get<ClusterObject & { readonly spec?: unknown }>(object);
      const annotations = leftAlone(outs.kept?.[`${object.kind}/${object.name}`]);
      const metadata = { name: object.name, namespace: object.namespace, annotations };
      const { apiVersion, kind } = object;
      await cluster.apply({ apiVersion, kind, metadata, ...content(kind, live?.spec) }, manager);
    }
    const { patches, syncOptions, automated, cluster: named } = outs.foreign;
    const own = [...declared.map(deletion), namespaceStays].map((patch) => signed(patch, "test"));
    const application = {
      ...{
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { ...this.#name, annotations: leftAlone(outs.foreign.kept) },
      },
      spec: {
        project: "default",
        source: { ...source, kustomize: { ...source?.kustomize, patches: [...own, ...patches] } },
        destination: {
          ...(named === undefined ? { server: wanted.server } : { name: named }),
          namespace: this.#namespace,
        },
        syncPolicy: {
          automated: { ...automated, prune: true, selfHeal: true },
          syncOptions: [...new Set(["CreateNamespace=true", ...syncOptions])],
        },
      },
    };
    await cluster.apply(application, manager);
    await sync.create(this.#sync(objects));
  }

  /** As `mesh-six:argocdEnabled false`, and as the beginning of a destroy: the Application goes. */
  async disable(): Promise<void> {
    await sync.delete("", this.#sync([]));
    const cluster = await this.#connect();
    const reference = applicationReference(this.#name);
    await cluster.remove(reference, { propagation: "Foreground" });
    await eventually("the Application is gone", async () =>
      (await cluster.get(reference)) === undefined ? true : undefined,
    );
  }

  /** Somebody takes our patches out, by hand; theirs stay. */
  async loseThePatches(): Promise<void> {
    const { source } = (await this.application()).spec;
    const patches = patchesOf(await this.application()).filter((patch) => takenOut([patch]).length === 0);
    const cluster = await this.#connect();
    await cluster.merge(applicationReference(this.#name), {
      spec: { source: { ...source, kustomize: { patches } } },
    });
  }

  /** As `argocd app sync --prune`. */
  async syncByHand(): Promise<void> {
    const before = (await this.application()).status?.operationState as { finishedAt?: string } | undefined;
    const operation = { initiatedBy: { username: "somebody" }, sync: { prune: true } };
    await (await this.#connect()).merge(applicationReference(this.#name), { operation });
    await eventually("the sync by hand is over", async () => {
      const { operation: pending, status } = await this.application();
      const state = status?.operationState as { phase?: string; finishedAt?: string } | undefined;
      const isOver = pending === undefined && state?.phase !== "Running" && state?.finishedAt !== undefined;
      return isOver && (before === undefined || state.finishedAt !== before.finishedAt) ? true : undefined;
    });
  }

  /** ArgoCD compares again, and has done what follows. */
  async reconcile(): Promise<void> {
    const refresh = "argocd.argoproj.io/refresh";
    const reference = applicationReference(this.#name);
    await (await this.#connect()).merge(reference, { metadata: { annotations: { [refresh]: "hard" } } });
    await eventually("ArgoCD has looked again", async () => {
      const { metadata, status } = await this.application();
      const isSyncing = status?.operationState?.phase === "Running";
      return metadata.annotations?.[refresh] === undefined && !isSyncing ? true : undefined;
    });
  }

  #sync(objects: readonly object[]) {
    const rest = { source: "hash", wait: false, waitMinutes: 1 };
    return { ...this.#access, application: this.#name, ...rest, objects: objects as [] };
  }
}

const namespaceStays = {
  target: { kind: "Namespace" },
  patch: stringify({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "any", annotations: leftAlone() },
  }),
};

/** The content of the overlay: what the program declares instead is other tests' business. */
function content(kind: string, spec: unknown): object {
  if (kind !== "Service") return { spec };
  return { spec: { ports: [{ name: "http", port: 80, targetPort: 80, protocol: "TCP" }] } };
}
