import { collectionPath, servedKind, type ServedKind, servedKindsOf } from "./discovery.ts";
import type { ClusterAccess } from "./kubeconfig.ts";
import { type Access, clusterAccess } from "./login.ts";
import { ownManager } from "./managers.ts";
import { ApiError, send } from "./request.ts";

export type { ClusterAccess };

/** Names one object in the cluster. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for what lies in no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** The fields of every object; the rest is for the reader to know. */
export interface ClusterObject {
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** All objects of one kind, or those of one namespace. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  /** Left out for all namespaces, and for kinds that lie in none. */
  readonly namespace?: string;
  /** `KEY=VALUE,…` */
  readonly labelSelector?: string;
}

export interface ApplyOptions {
  /** Owner of the fields that are applied. */
  readonly fieldManager: string;
  /** Only asks what would come of it. */
  readonly dryRun?: boolean;
  /** Takes fields that another manager owns; else they are a conflict (status 409). */
  readonly force?: boolean;
}

export interface RemoveOptions {
  /** Deletion policy for the objects that this one owns. @default "Background" */
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  readonly dryRun?: boolean;
  /** Removes this very object, not one of the same name made since (status 409). */
  readonly uid?: string;
}

/** A few calls to the API server, for objects of any kind. All throw ApiError. */
export interface Cluster {
  /** The object, or undefined where it, its kind or its API group is not there. */
  get<T extends ClusterObject>(reference: ObjectReference): Promise<T | undefined>;
  /** The objects; none where the kind is not served. */
  list<T extends ClusterObject>(collection: Collection): Promise<readonly T[]>;
  /** JSON merge patch: null removes a field. */
  merge(reference: ObjectReference, patch: object): Promise<void>;
  /** The result of a strategic merge patch on an object of Kubernetes' own kinds; writes nothing. */
  strategicallyMerged<T extends ClusterObject>(reference: ObjectReference, patch: object): Promise<T>;
  /** Server-side apply; what came of it. */
  apply<T extends ClusterObject>(object: T, options: ApplyOptions): Promise<T>;
  /**
   * Puts the object in place of the one that is there, managedFields included.
   *
   * @param object - with the resourceVersion it was read with: an object changed since is a conflict (status 409)
   */
  replace<T extends ClusterObject>(object: T, options: Omit<ApplyOptions, "force">): Promise<T>;
  /** An object that is gone already is no error. Does not wait for finalizers. */
  remove(reference: ObjectReference, options?: RemoveOptions): Promise<void>;
  /** Every kind that is served, in its preferred version. */
  kinds(): Promise<readonly ServedKind[]>;
}

/** @throws Error with one line where the kubeconfig cannot be read or has no such context */
export async function connect({ kubeconfig, context }: ClusterAccess): Promise<Cluster> {
  return clusterOf(await clusterAccess(kubeconfig, context));
}

/** The same for who has logged in already. */
export function clusterOf(access: Access): Cluster {
  const pathOf = async (reference: ObjectReference): Promise<string> => {
    const { apiVersion, kind, namespace, name } = reference;
    const served = await servedKind(access, apiVersion, kind);
    if (served === undefined) {
      const reason = { reason: "NotFound", details: { kind } };
      throw new ApiError(`the cluster does not serve ${kind} of ${apiVersion}`, 404, reason);
    }
    return `${collectionPath(served, namespace || "default")}/${encodeURIComponent(name)}`;
  };
  const asked = async <T>(what: string, answer: () => Promise<T>): Promise<T> => {
    try {
      return await answer();
    } catch (error) {
      throw error instanceof ApiError ? error.about(`Could not ${what}`) : error;
    }
  };
  return {
    get: <T>(reference: ObjectReference) =>
      asked(`read ${describe(reference)}`, () =>
        unlessMissing(async () => send<T>(access, { path: await pathOf(reference) })),
      ),
    list: <T>(collection: Collection) =>
      asked(`list ${collection.kind}`, async () => {
        const { apiVersion, kind, namespace } = collection;
        const served = await servedKind(access, apiVersion, kind);
        if (served === undefined) return [];
        const items = await listed<T>(access, collectionPath(served, namespace), collection.labelSelector);
        return items.map((item) => ({ apiVersion, kind, ...item }));
      }),
    merge: (reference, patch) =>
      asked(`change ${describe(reference)}`, async () => {
        const path = `${await pathOf(reference)}?fieldManager=${ownManager}`;
        const contentType = "application/merge-patch+json";
        await send(access, { method: "PATCH", path, body: patch, contentType });
      }),
    strategicallyMerged: <T extends ClusterObject>(reference: ObjectReference, patch: object) =>
      asked(`look at a change of ${describe(reference)}`, async () => {
        const path = `${await pathOf(reference)}?fieldManager=${ownManager}&dryRun=All`;
        const contentType = "application/strategic-merge-patch+json";
        return send<T>(access, { method: "PATCH", path, body: patch, contentType });
      }),
    apply: <T extends ClusterObject>(object: T, { fieldManager, dryRun, force }: ApplyOptions) => {
      const reference = referenceOf(object);
      const query = new URLSearchParams({
        fieldManager,
        ...(force === true ? { force: "true" } : {}),
        ...(dryRun === true ? { dryRun: "All" } : {}),
      });
      return asked(`apply ${describe(reference)}`, async () => {
        const path = `${await pathOf(reference)}?${query.toString()}`;
        const contentType = "application/apply-patch+yaml";
        return send<T>(access, { method: "PATCH", path, body: object, contentType });
      });
    },
    replace: <T extends ClusterObject>(object: T, { fieldManager, dryRun }: Omit<ApplyOptions, "force">) => {
      const reference = referenceOf(object);
      const query = new URLSearchParams({ fieldManager, ...(dryRun === true ? { dryRun: "All" } : {}) });
      return asked(`replace ${describe(reference)}`, async () => {
        const path = `${await pathOf(reference)}?${query.toString()}`;
        return send<T>(access, { method: "PUT", path, body: object });
      });
    },
    remove: (reference, { propagation = "Background", dryRun, uid } = {}) =>
      asked(`remove ${describe(reference)}`, async () => {
        const body = {
          propagationPolicy: propagation,
          ...(dryRun === true ? { dryRun: ["All"] } : {}),
          ...(uid === undefined ? {} : { preconditions: { uid } }),
        };
        await unlessMissing(async () =>
          send(access, { method: "DELETE", path: await pathOf(reference), body }),
        );
      }),
    kinds: () => asked("list the kinds", () => servedKindsOf(access)),
  };
}

/** The names of an object, as it is in the cluster or goes there. */
export function referenceOf(object: ClusterObject): ObjectReference {
  const { apiVersion, kind } = object as ClusterObject & Pick<ObjectReference, "apiVersion" | "kind">;
  const { name = "", namespace = "" } = object.metadata;
  return { apiVersion, kind, namespace, name };
}

/** `Deployment mesh-six/dashboard` */
export function describe({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

async function unlessMissing<T>(answer: () => Promise<T>): Promise<T | undefined> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** In portions, as the server would otherwise hold all of them at once. */
async function listed<T>(access: Access, path: string, labelSelector: string | undefined): Promise<T[]> {
  const items: T[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const query = new URLSearchParams({
      limit: "500",
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(next === "" ? {} : { continue: next }),
    });
    const answer: Portion<T> = await send(access, { path: `${path}?${query.toString()}` });
    items.push(...answer.items);
    next = answer.metadata?.continue || undefined;
  }
  return items;
}

interface Portion<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly continue?: string };
}
