import { ApiClient, type Manifest } from "../../services/apiClient.ts";
import type { SandboxDirectory } from "../../place/directory.ts";

export const namespace = "mesh-six";

export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready: boolean;
      /** Repository and digest, where the Pod's image is named by its digest. */
      readonly imageID?: string;
    }[];
  };
}

interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly name: string;
  readonly env?: readonly EnvironmentEntry[];
}

/** A Dapr Component, as far as its sidecars care. */
export interface DaprComponent {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly type: string; readonly version?: string };
  readonly scopes?: readonly string[];
}

/** The parts of its cluster that a service asks for. */
export type ClusterView = Pick<Cluster, "components" | "environment" | "plainEnvironment" | "secret">;

/** The cluster as the services see it. */
export class Cluster {
  readonly #client: ApiClient;

  constructor(directory: SandboxDirectory, apiServerPort: number) {
    this.#client = new ApiClient(directory, apiServerPort);
  }

  async pods(): Promise<readonly Pod[]> {
    return this.#list<Pod>(`/api/v1/namespaces/${namespace}/pods`);
  }

  async components(): Promise<readonly DaprComponent[]> {
    return this.#list<DaprComponent>(`/apis/dapr.io/v1alpha1/namespaces/${namespace}/components`);
  }

  /** Applies an object of the namespace; `path` is its collection's, from the group on: `apps/v1/deployments`. */
  async apply(path: string, manifest: Manifest): Promise<void> {
    const root = path.startsWith("v1/") ? "/api/v1" : `/apis/${path.split("/").slice(0, 2).join("/")}`;
    const collection = path.split("/").at(-1) ?? "";
    await this.#client.apply(
      `${root}/namespaces/${namespace}/${collection}/${manifest.metadata.name}`,
      manifest,
    );
  }

  /** Brings the given fields of a Pod's status to these values. */
  async applyPodStatus(name: string, status: object): Promise<void> {
    const manifest = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, status };
    await this.#client.apply(`/api/v1/namespaces/${namespace}/pods/${name}/status`, manifest);
  }

  /** The environment of a Deployment's container as its Pods have it, Secrets read. */
  async environment(deployment: string): Promise<Record<string, string>> {
    const entries = await this.#environmentOf(deployment);
    const values = await Promise.all(
      entries.map(async ({ name, value, valueFrom }) => {
        const reference = valueFrom?.secretKeyRef;
        const found = reference ? await this.secret(reference.name, reference.key) : value;
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
    return Object.fromEntries(values.flat());
  }

  /** The same without what comes from Secrets. */
  async plainEnvironment(deployment: string): Promise<Record<string, string>> {
    const entries = await this.#environmentOf(deployment);
    return Object.fromEntries(
      entries.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    );
  }

  /** Whether there is a Deployment of that name which ArgoCD deployed. */
  async isDeployed(deployment: string): Promise<boolean> {
    const found = (await this.#client.get(
      `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
    )) as { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } | undefined;
    return found?.metadata.annotations?.["argocd.argoproj.io/tracking-id"] !== undefined;
  }

  async secret(name: string, key: string): Promise<string | undefined> {
    const found = (await this.#client.get(`/api/v1/namespaces/${namespace}/secrets/${name}`)) as
      { readonly data?: Readonly<Record<string, string>> } | undefined;
    const value = found?.data?.[key];
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  }

  async #environmentOf(deployment: string): Promise<readonly EnvironmentEntry[]> {
    const found = (await this.#client.get(
      `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`,
    )) as { spec: { template: { spec: { containers: readonly Container[] } } } } | undefined;
    return found?.spec.template.spec.containers[0]?.env ?? [];
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    const found = (await this.#client.get(path)) as { readonly items?: readonly T[] } | undefined;
    return found?.items ?? [];
  }
}
