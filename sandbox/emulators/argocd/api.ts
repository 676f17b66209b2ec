import { readFileSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { parse } from "yaml";

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

interface Entry {
  readonly name: string;
}

/**
 * A client of a Kubernetes API server in a few calls; the usual client library would cost the reconciler more
 * memory than all it does.
 */
export class Api {
  readonly #server: URL;
  readonly #connection: RequestOptions;
  readonly #kinds = new Map<string, Promise<ReadonlyMap<string, { name: string; namespaced: boolean }>>>();

  /** @param context - the context of the kubeconfig file; its current one where left out */
  constructor(kubeconfig: string, context?: string) {
    const file = parse(readFileSync(kubeconfig, "utf8")) as {
      readonly "current-context": string;
      readonly contexts: readonly (Entry & { context: { cluster: string; user: string } })[];
      readonly clusters: readonly (Entry & { cluster: Record<string, string> })[];
      readonly users: readonly (Entry & { user: Record<string, string> })[];
    };
    const chosen = named(file.contexts, context ?? file["current-context"]).context;
    const { cluster } = named(file.clusters, chosen.cluster);
    const { user } = named(file.users, chosen.user);
    this.#server = new URL(cluster["server"] ?? "");
    const certificate = content(user, "client-certificate");
    const key = content(user, "client-key");
    const authority = content(cluster, "certificate-authority");
    this.#connection = {
      agent: new Agent({ keepAlive: true }),
      ...(authority === undefined ? {} : { ca: authority }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(user["token"] === undefined ? {} : { headers: { authorization: `Bearer ${user["token"]}` } }),
    };
  }

  /** Where objects of that kind lie; undefined where the server does not serve it. */
  async collection(apiVersion: string, kind: string, namespace: string): Promise<Collection | undefined> {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let kinds = this.#kinds.get(apiVersion);
    if (kinds === undefined) {
      kinds = this.#discover(group);
      this.#kinds.set(apiVersion, kinds);
    }
    const found = (await kinds).get(kind);
    if (found === undefined) {
      // Asked again next time: a CRD may come later.
      this.#kinds.delete(apiVersion);
      return undefined;
    }
    const { name, namespaced } = found;
    return {
      apiVersion,
      kind,
      namespaced,
      path: namespaced ? `${group}/namespaces/${namespace}/${name}` : `${group}/${name}`,
    };
  }

  async list(collection: Collection): Promise<{ items: KubernetesObject[]; resourceVersion: string }> {
    const answer = (await this.call("GET", collection.path)) as {
      readonly items: readonly KubernetesObject[];
      readonly metadata: { readonly resourceVersion: string };
    };
    const { apiVersion, kind } = collection;
    return {
      items: answer.items.map((item) => ({ ...item, apiVersion, kind })),
      resourceVersion: answer.metadata.resourceVersion,
    };
  }

  /** Server-side apply as ArgoCD's controller, taking the fields from whoever has them. */
  async apply(collection: Collection, object: KubernetesObject): Promise<void> {
    const query = "fieldManager=argocd-controller&force=true";
    await this.call(
      "PATCH",
      `${collection.path}/${object.metadata.name}?${query}`,
      object,
      "application/apply-patch+yaml",
    );
  }

  /** JSON patch: replaces or removes whole fields, where a merge would leave parts of the old value standing. */
  async patch(collection: Collection, name: string, operations: readonly object[]): Promise<void> {
    await this.call("PATCH", `${collection.path}/${name}`, operations, "application/json-patch+json");
  }

  /** Deletes the object; one that is gone already is no error. */
  async delete(collection: Collection, name: string): Promise<void> {
    await this.call(
      "DELETE",
      `${collection.path}/${name}`,
      { propagationPolicy: "Background" },
      "application/json",
      [404],
    );
  }

  /** Calls back for every change after `resourceVersion`, until the server or the signal ends it. */
  async watch(
    collection: Collection,
    resourceVersion: string,
    changed: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${resourceVersion}`;
    const response = await this.#send("GET", `${collection.path}?${query}`, undefined, undefined, signal);
    if (response.statusCode !== 200) throw await refusal(response, "GET", collection.path);
    let rest = "";
    for await (const chunk of response.setEncoding("utf8")) {
      const lines = `${rest}${String(chunk)}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) changed(JSON.parse(line) as WatchEvent);
    }
  }

  async call(
    method: string,
    path: string,
    body?: object,
    type?: string,
    allowed: number[] = [],
  ): Promise<unknown> {
    const response = await this.#send(method, path, body, type);
    const status = response.statusCode ?? 0;
    if (status >= 300 && !allowed.includes(status)) throw await refusal(response, method, path);
    const answer = await text(response);
    return status >= 300 ? undefined : (JSON.parse(answer) as unknown);
  }

  async #discover(group: string) {
    const answer = (await this.call("GET", group, undefined, undefined, [404])) as
      { readonly resources: readonly { name: string; kind: string; namespaced: boolean }[] } | undefined;
    const resources = (answer?.resources ?? []).filter(({ name }) => !name.includes("/"));
    return new Map(resources.map(({ kind, name, namespaced }) => [kind, { name, namespaced }]));
  }

  #send(
    method: string,
    path: string,
    body?: object,
    type?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...this.#connection.headers,
      ...(type === undefined ? {} : { "content-type": type }),
      // Node adds it for most methods, but not for DELETE.
      ...(payload === undefined ? {} : { "content-length": String(payload.length) }),
    };
    return new Promise((resolve, reject) => {
      request(
        new URL(path, this.#server),
        { ...this.#connection, method, headers, ...(signal === undefined ? {} : { signal }) },
        resolve,
      )
        .on("error", reject)
        .end(payload);
    });
  }
}

function named<T extends Entry>(entries: readonly T[], name: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`The kubeconfig has no entry ${name}`);
  return found;
}

function content(from: Readonly<Record<string, string>>, key: string): Buffer | undefined {
  const inline = from[`${key}-data`];
  if (inline !== undefined) return Buffer.from(inline, "base64");
  const file = from[key];
  return file === undefined ? undefined : readFileSync(file);
}

async function text(response: IncomingMessage): Promise<string> {
  let whole = "";
  for await (const chunk of response.setEncoding("utf8")) whole += String(chunk);
  return whole;
}

async function refusal(response: IncomingMessage, method: string, path: string): Promise<Error> {
  return new Error(`${method} ${path}: ${String(response.statusCode)} ${await text(response)}`);
}
