import type { Api, Collection, KubernetesObject } from "./api.ts";
import {
  group,
  hasOption,
  health,
  holds,
  isTracked,
  key,
  tracked,
  type Health,
  type Instance,
} from "./objects.ts";
import { readSettings } from "./settings.ts";
import type { Overlay } from "./render.ts";
import type { Source } from "./sources.ts";

/** The fields of an Application that are acted on. */
export interface Application extends KubernetesObject {
  readonly spec: {
    readonly source: Source;
    readonly destination: { readonly namespace?: string };
    readonly syncPolicy?: {
      readonly automated?: {
        readonly enabled?: boolean;
        readonly prune?: boolean;
        readonly selfHeal?: boolean;
      };
    };
  };
  /** A sync that somebody asks for by hand, in the UI or by `argocd app sync`. */
  readonly operation?: {
    readonly sync?: { readonly prune?: boolean };
    readonly initiatedBy?: object;
  };
  readonly status?: {
    readonly sync?: { readonly status: string };
    readonly operationState?: OperationState;
    readonly conditions?: readonly { readonly message: string; readonly lastTransitionTime: string }[];
  };
}

export interface OperationState {
  readonly phase: "Running" | "Succeeded" | "Failed";
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly operation: object;
  readonly syncResult?: { readonly revision: string; readonly source: object };
}

export interface Surroundings {
  readonly api: Api;
  /** Overlay of the Application. */
  readonly overlay: Pick<Overlay, "revision" | "render">;
  /** ArgoCD's own namespace. */
  readonly namespace: string;
  readonly log: (line: string) => void;
}

/** An object of the source or of the cluster, and what is to be done about it. */
export interface Compared {
  readonly key: string;
  readonly collection: Collection;
  readonly desired: KubernetesObject | undefined;
  readonly live: KubernetesObject | undefined;
  readonly status: "Synced" | "OutOfSync";
}

const rank: readonly Health[] = ["Healthy", "Progressing", "Missing", "Degraded"];

/** Kinds in which marks are looked for although the overlay has none of them: ArgoCD looks in every kind. */
const watched = [
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  { apiVersion: "batch/v1", kind: "CronJob" },
];

/** The collections in which objects of the overlay lie, or could have lain before the patches. */
export async function collectionsOf(
  application: Application,
  objects: readonly KubernetesObject[],
  api: Api,
): Promise<Collection[]> {
  const kinds = new Map(
    [...objects, ...watched].map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]),
  );
  const namespace = application.spec.destination.namespace ?? "default";
  const found = await Promise.all(
    [...kinds.values()].map((k) => api.collection(k.apiVersion, k.kind, namespace)),
  );
  return found.filter((collection) => collection !== undefined);
}

/** The Application's name in marks, by ArgoCD's settings of today: outside its own namespace with the namespace. */
export async function instanceOf(
  { metadata, spec }: Application,
  { api, namespace }: Surroundings,
): Promise<Instance> {
  const isHere = metadata.namespace === undefined || metadata.namespace === namespace;
  return {
    name: isHere ? metadata.name : `${metadata.namespace}_${metadata.name}`,
    destination: spec.destination.namespace ?? "",
    settings: await readSettings(api, namespace),
  };
}

export async function compare(application: Application, surroundings: Surroundings): Promise<Compared[]> {
  const { api, overlay } = surroundings;
  const instance = await instanceOf(application, surroundings);
  const rendered = await overlay.render(application.spec.source.kustomize);
  const collections = await collectionsOf(application, await overlay.render(), api);
  const desired = new Map(rendered.map((object) => [key(object), tracked(object, instance)]));
  const compared: Compared[] = [];
  for (const collection of collections) {
    const live = new Map((await api.list(collection)).items.map((object) => [key(object), object]));
    for (const [at, object] of desired) {
      if (object.apiVersion !== collection.apiVersion || object.kind !== collection.kind) continue;
      const status = holds(live.get(at), object) ? "Synced" : "OutOfSync";
      compared.push({ key: at, collection, desired: object, live: live.get(at), status });
    }
    for (const [at, object] of live) {
      if (desired.has(at) || !isTracked(object, instance)) continue;
      compared.push({ key: at, collection, desired: undefined, live: object, status: "OutOfSync" });
    }
  }
  return compared;
}

/** The Application's status of one object: since ArgoCD 3.0 without its health. */
export function resourceStatus({ collection, desired, live, status }: Compared): object {
  const metadata = (desired ?? live)?.metadata;
  return {
    ...(group(collection) === "" ? {} : { group: group(collection) }),
    version: collection.apiVersion.split("/").at(-1),
    kind: collection.kind,
    ...(collection.namespaced ? { namespace: metadata?.namespace } : {}),
    name: metadata?.name,
    status,
    ...(desired === undefined ? { requiresPruning: true } : {}),
  };
}

/** IgnoreExtraneous makes the Application synced although an object is too many; a sync prunes it nevertheless. */
export function overall(compared: readonly Compared[]): string {
  const counts = compared.filter(
    ({ desired, live }) =>
      desired !== undefined || live === undefined || !hasOption(live, "compare-options", "IgnoreExtraneous"),
  );
  return counts.every(({ status }) => status === "Synced") ? "Synced" : "OutOfSync";
}

export function worst(compared: readonly Compared[]): { status: Health } {
  const found = compared
    .filter(({ desired }) => desired !== undefined)
    .map(({ live }) => rank.indexOf(health(live).status));
  return { status: rank[Math.max(0, ...found)] ?? "Healthy" };
}
