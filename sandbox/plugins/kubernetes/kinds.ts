import { objectAt, type Properties } from "../protocol/values.ts";
import { ApiError, type Client } from "./client.ts";

/** The API server's discovery of one kind. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The name in paths, such as `ingressroutes`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

export class UnknownKind extends Error {
  constructor(apiVersion: string, kind: string, server: string) {
    super(
      `no matches for kind "${kind}" in version "${apiVersion}": ${server} does not serve it. ` +
        `Install its CustomResourceDefinition first (kubectl api-resources lists what is served).`,
    );
  }
}

/**
 * The kinds of core Kubernetes that lie outside namespaces: known without asking, since whether an object gets
 * a default namespace is decided without a network.
 */
const CLUSTER_WIDE = new Set([
  "v1/Namespace",
  "v1/Node",
  "v1/PersistentVolume",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
  "rbac.authorization.k8s.io/v1/ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
  "storage.k8s.io/v1/StorageClass",
  "scheduling.k8s.io/v1/PriorityClass",
  "networking.k8s.io/v1/IngressClass",
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
  "apiregistration.k8s.io/v1/APIService",
]);

/** API groups of which every kind but those above is namespaced. */
const CORE = /^(v1|(apps|batch|autoscaling|policy|networking\.k8s\.io|rbac\.authorization\.k8s\.io)\/v\d+)$/;

/** Asks the API server for its kinds, each group once. */
export class Kinds {
  readonly #client: Client;
  readonly #groups = new Map<string, Promise<readonly Kind[]>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** @returns undefined when the API server has to be asked and does not serve the kind (yet) */
  async namespaced(apiVersion: string, kind: string, signal: AbortSignal): Promise<boolean | undefined> {
    if (CLUSTER_WIDE.has(`${apiVersion}/${kind}`)) return false;
    if (CORE.test(apiVersion)) return true;
    try {
      return (await this.find(apiVersion, kind, signal)).namespaced;
    } catch (error) {
      if (error instanceof UnknownKind) return undefined;
      throw error;
    }
  }

  /** @throws UnknownKind */
  async find(apiVersion: string, kind: string, signal: AbortSignal): Promise<Kind> {
    const found = (await this.#group(apiVersion, signal)).find((one) => one.kind === kind);
    if (found) return found;
    // It may come in a moment, with a CustomResourceDefinition of the same program: ask again next time.
    this.#groups.delete(apiVersion);
    throw new UnknownKind(apiVersion, kind, this.#client.context.server);
  }

  #group(apiVersion: string, signal: AbortSignal): Promise<readonly Kind[]> {
    const known = this.#groups.get(apiVersion);
    if (known) return known;
    const asked = this.#ask(apiVersion, signal);
    this.#groups.set(apiVersion, asked);
    asked.catch(() => this.#groups.delete(apiVersion));
    return asked;
  }

  async #ask(apiVersion: string, signal: AbortSignal): Promise<readonly Kind[]> {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let answer: Properties;
    try {
      answer = await this.#client.request({ method: "GET", path, signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
    const resources = Array.isArray(answer["resources"]) ? answer["resources"].map(objectAt) : [];
    return resources.flatMap((resource) => {
      const { name, kind, namespaced } = resource;
      // Names with a slash are subresources.
      if (typeof name !== "string" || typeof kind !== "string" || name.includes("/")) return [];
      return [{ apiVersion, kind, plural: name, namespaced: namespaced === true }];
    });
  }
}
