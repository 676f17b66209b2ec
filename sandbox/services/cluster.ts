import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { Crds } from "../../toolchain/parts/crds.ts";
import { ApiClient, type Manifest } from "./apiClient.ts";
import type { CredentialStore } from "../place/credentials.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import { argocdObjects, defaultProject } from "./argocd/objects.ts";
import { prepareVolumes } from "./volumes.ts";

/** Annotation with the hash of an object's content, so that an unchanged object is not written again. */
const noted = "sandbox.mesh-six/content";

/** The kinds by which kwok learns what lies behind a Pod. */
const kwokKinds = join(import.meta.dirname, "../emulators/meshSix/kwok.yaml");

const collections: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "customresourcedefinitions",
  Namespace: "namespaces",
  Node: "nodes",
  ConfigMap: "configmaps",
  Secret: "secrets",
  AppProject: "appprojects",
  ClusterSecretStore: "clustersecretstores",
};

/** The parts that the cluster is prepared for. */
export interface Preparation {
  /** Ports on 127.0.0.1; kwok's where it runs. */
  readonly ports: { readonly apiServer: number; readonly kwok?: number };
  readonly crds: Crds;
  readonly credentials: CredentialStore;
  /** Whether the real Argo CD is to find its own objects. */
  readonly realArgoCd: boolean;
}

/**
 * Gives the sandbox's cluster what production has before the program comes: the CRDs of Dapr, Traefik, ArgoCD and
 * External Secrets, a node, volumes for claims, and the namespaces and Secrets of others. Tells how many objects
 * were written.
 */
export async function prepareCluster(
  directory: SandboxDirectory,
  { ports, crds, credentials, realArgoCd }: Preparation,
): Promise<number> {
  const client = new ApiClient(directory, ports.apiServer);
  try {
    const within = [...surroundingSecrets(credentials), ...(realArgoCd ? argocdObjects(credentials) : [])];
    const definitions = [...Object.values(crds).flat(), kwokKinds].flatMap(readManifests);
    const [changedDefinitions, changedOthers, volumes] = await Promise.all([
      applyChanged(client, definitions),
      // The objects in a namespace come after it.
      applyChanged(client, surroundings()).then(
        async (changed) => changed + (await applyChanged(client, within)),
      ),
      prepareVolumes(client),
    ]);
    if (ports.kwok !== undefined) await tellKubelet(client, ports.kwok);
    if (changedDefinitions > 0)
      await Promise.all(definitions.map((definition) => established(client, definition)));
    const changedStores = await applyChanged(client, [secretStore]);
    const changedProjects = realArgoCd ? await applyChanged(client, [defaultProject]) : 0;
    if (changedStores > 0) await client.apply(`${pathOf(secretStore)}/status`, validatedStore);
    return changedDefinitions + changedOthers + volumes + changedStores + changedProjects;
  } finally {
    client.close();
  }
}

/** The one node, which kwok keeps ready. */
function surroundings(): Manifest[] {
  return [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "sandbox", annotations: { "kwok.x-k8s.io/node": "fake" } },
    },
    ...["redis-system", "argocd"].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    })),
  ];
}

/** Gives the API server the address of the node's kubelet, for port-forward, logs and exec; its port can change. */
async function tellKubelet(client: ApiClient, port: number): Promise<void> {
  const path = "/api/v1/nodes/sandbox";
  const address = { type: "InternalIP", address: "127.0.0.1" };
  interface Status {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  }
  const { status } = (await client.get(path)) as { status?: Status };
  const known = status?.addresses?.some((a) => a.type === address.type && a.address === address.address);
  if (known && status?.daemonEndpoints?.kubeletEndpoint?.Port === port) return;
  await client.apply(`${path}/status`, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "sandbox" },
    status: { addresses: [address], daemonEndpoints: { kubeletEndpoint: { Port: port } } },
  });
}

/**
 * The store by which External Secrets reads Vault in production; here nothing reads it, but an object that names it
 * finds it.
 */
const secretStore: Manifest = {
  apiVersion: "external-secrets.io/v1",
  kind: "ClusterSecretStore",
  metadata: { name: "vault-backend" },
  spec: {
    provider: {
      vault: {
        server: "https://vault.example.com",
        path: "secret",
        version: "v2",
        auth: { tokenSecretRef: { name: "vault-token", namespace: "external-secrets", key: "token" } },
      },
    },
  },
};

/** The store as External Secrets shows it when it has reached Vault. */
const validatedStore: Manifest = {
  apiVersion: secretStore.apiVersion,
  kind: secretStore.kind,
  metadata: { name: secretStore.metadata.name },
  status: { conditions: [{ type: "Ready", status: "True", reason: "Valid", message: "store validated" }] },
};

function surroundingSecrets(credentials: CredentialStore): Manifest[] {
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "redis-secret", namespace: "redis-system" },
      stringData: { password: credentials.generated("redis-password") },
    },
  ];
}

function readManifests(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, "utf8"))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

async function applyChanged(client: ApiClient, manifests: readonly Manifest[]): Promise<number> {
  const written = await Promise.all(
    manifests.map(async (manifest) => {
      const path = pathOf(manifest);
      const content = createHash("sha256").update(JSON.stringify(manifest)).digest("hex").slice(0, 16);
      const present = (await client.get(path)) as Manifest | undefined;
      if (present?.metadata.annotations?.[noted] === content) return false;
      const annotations = { ...manifest.metadata.annotations, [noted]: content };
      await client.apply(path, { ...manifest, metadata: { ...manifest.metadata, annotations } });
      return true;
    }),
  );
  return written.filter(Boolean).length;
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const collection = collections[kind];
  if (collection === undefined) throw new Error(`The sandbox installs no ${kind} (${metadata.name}).`);
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${group}${namespace}/${collection}/${metadata.name}`;
}

/** Waits until the API server serves the kind. */
async function established(client: ApiClient, definition: Manifest): Promise<void> {
  interface Condition {
    type: string;
    status: string;
    message?: string;
  }
  const end = Date.now() + 180_000; // a machine with much else to do
  for (;;) {
    const present = (await client.get(pathOf(definition))) as
      { status?: { conditions?: Condition[] } } | undefined;
    const conditions = present?.status?.conditions ?? [];
    if (conditions.some(({ type, status }) => type === "Established" && status === "True")) return;
    if (Date.now() > end) {
      const why = conditions.map(({ message }) => message).join("; ");
      throw new Error(
        `The API server does not serve CustomResourceDefinition ${definition.metadata.name}: ${why}`,
      );
    }
    await sleep(100);
  }
}
