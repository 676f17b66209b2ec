import { homedir } from "node:os";
import type { KubernetesObjectApi } from "@kubernetes/client-node";

/** How a cluster is reached. */
export interface ClusterAccess {
  /** Path of a kubeconfig file, or its content; empty for KUBECONFIG, ~/.kube/config or the Pod's account. */
  readonly kubeconfig: string;
  /** Context in it; empty for its current one. */
  readonly context: string;
}

/** Names one object in the cluster. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What every object has; the rest is for the reader to know. */
export interface ClusterObject {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A few calls to the API server, for objects of any kind. */
export interface Cluster {
  /** The object, or undefined where it, its kind or its API group is not there. */
  get<T extends ClusterObject>(reference: ObjectReference): Promise<T | undefined>;
  /** JSON merge patch: null removes a field. */
  merge(reference: ObjectReference, patch: object): Promise<void>;
}

/** Whether the setting is a kubeconfig itself, in YAML or as JSON on one line, rather than the path of one. */
export function isKubeconfigContent(setting: string): boolean {
  return /[\n{]/.test(setting);
}

/** The path as it is meant: no shell has seen what is written in a file of settings. */
export function kubeconfigPath(setting: string): string {
  return setting.replace(/^~(?=\/)/, homedir());
}

/** @throws where the kubeconfig cannot be read or has no such context */
export async function connect(access: ClusterAccess): Promise<Cluster> {
  // Loaded here, since it takes half a second and most runs have nothing to ask.
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  if (access.kubeconfig === "") config.loadFromDefault();
  else if (isKubeconfigContent(access.kubeconfig)) config.loadFromString(access.kubeconfig);
  else config.loadFromFile(kubeconfigPath(access.kubeconfig));
  if (access.context !== "") config.setCurrentContext(access.context);
  // The client refuses plain HTTP, as `kubectl proxy` speaks it, unless nothing is to be verified.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  const api: KubernetesObjectApi = client.KubernetesObjectApi.makeApiClient(config);

  const header = ({ apiVersion, kind, namespace, name }: ObjectReference) => ({
    apiVersion,
    kind,
    metadata: { namespace, name },
  });
  return {
    async get<T extends ClusterObject>(reference: ObjectReference) {
      try {
        const object: unknown = await api.read(header(reference));
        return object as T;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw failure("read", reference, error);
      }
    },
    async merge(reference, patch) {
      const { metadata, ...rest } = patch as { readonly metadata?: object };
      const object = header(reference);
      try {
        await api.patch(
          { ...object, ...rest, metadata: { ...metadata, ...object.metadata } },
          undefined,
          undefined,
          "mesh-six",
          undefined,
          client.PatchStrategy.MergePatch,
        );
      } catch (error) {
        throw failure("change", reference, error);
      }
    },
  };
}

/** `Deployment mesh-six/dashboard` */
export function describe({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace}/${name}`;
}

/** The client reports a kind that is not served as an error of its own, without a status. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return (
    code === 404 || (typeof message === "string" && message.startsWith("Unrecognized API version and kind"))
  );
}

function failure(what: "read" | "change", reference: ObjectReference, cause: unknown): Error {
  const { code, body, message } = cause as { code?: unknown; body?: unknown; message?: unknown };
  const reason = [messageOf(body), message].find((text) => typeof text === "string");
  return new Error(`Could not ${what} ${describe(reference)}: ${reason?.split("\n")[0] ?? String(code)}`, {
    cause,
  });
}

/** Of the API server's Status; a proxy before it answers in its own way. */
function messageOf(body: unknown): unknown {
  try {
    return typeof body === "string" ? (JSON.parse(body) as { message?: unknown }).message : undefined;
  } catch {
    return undefined;
  }
}
