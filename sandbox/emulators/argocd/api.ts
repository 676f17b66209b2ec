import { collectionPath, servedKind } from "../../../lib/kubernetes/discovery.ts";
import { type Access, clusterAccess } from "../../../lib/kubernetes/login.ts";
import { ApiError, lines, send } from "../../../lib/kubernetes/request.ts";

/** As much of any Kubernetes object as is needed here. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly object[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A collection of the API server: all objects of one kind in one namespace, or of one cluster-wide kind. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: string;
  readonly namespaced: boolean;
}

type WatchEvent = { readonly type: string; readonly object: KubernetesObject };

/** The few calls of ArgoCD's controller to the API server. */
export class Api {
  readonly #access: Promise<Access>;

  /** @param context - the context of the kubeconfig file; its current one where left out */
  constructor(kubeconfig: string, context = "") {
    this.#access = clusterAccess(kubeconfig, context);
    // Reported by the first call.
    this.#access.catch(() => undefined);
  }

  /** The collection of objects of that kind; undefined where the server does not serve it. */
  async collection(apiVersion: string, kind: string, namespace: string): Promise<Collection | undefined> {
    const served = await servedKind(await this.#access, apiVersion, kind);
    if (served === undefined) return undefined;
    const { namespaced } = served;
    return { apiVersion, kind, namespaced, path: collectionPath(served, namespace) };
  }

  /** The data of a ConfigMap; undefined where there is none. */
  async configMap(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    try {
      const found = await send<{ data?: Record<string, string> }>(await this.#access, { path });
      return found.data ?? {};
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list(collection: Collection): Promise<{ items: KubernetesObject[]; resourceVersion: string }> {
    const answer = await send<{
      readonly items: readonly KubernetesObject[];
      readonly metadata: { readonly resourceVersion: string };
    }>(await this.#access, { path: collection.path });
    const { apiVersion, kind } = collection;
    return {
      items: answer.items.map((item) => ({ ...item, apiVersion, kind })),
      resourceVersion: answer.metadata.resourceVersion,
    };
  }

  /** Server-side apply as ArgoCD's controller, taking the fields from whoever has them. */
  async apply(collection: Collection, object: KubernetesObject): Promise<void> {
    const path = `${collection.path}/${object.metadata.name}?fieldManager=argocd-controller&force=true`;
    const contentType = "application/apply-patch+yaml";
    await send(await this.#access, { method: "PATCH", path, body: object, contentType });
  }

  /** JSON patch: replaces or removes whole fields, where a merge would leave parts of the old value standing. */
  async patch(collection: Collection, name: string, operations: readonly object[]): Promise<void> {
    const path = `${collection.path}/${name}`;
    const contentType = "application/json-patch+json";
    await send(await this.#access, { method: "PATCH", path, body: operations, contentType });
  }

  /** Deletes the object; one that is gone already is no error. */
  async delete(collection: Collection, name: string): Promise<void> {
    const path = `${collection.path}/${name}`;
    const body = { propagationPolicy: "Background" };
    await send(await this.#access, { method: "DELETE", path, body }).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    });
  }

  /** Calls back for every change after `resourceVersion`, until the server or the signal ends it. */
  async watch(
    collection: Collection,
    resourceVersion: string,
    changed: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${resourceVersion}`;
    const path = `${collection.path}?${query}`;
    // The server ends a watch in which nothing happens.
    const request = { path, signal, patience: 330_000 };
    for await (const line of lines(await this.#access, request)) changed(JSON.parse(line) as WatchEvent);
  }
}
