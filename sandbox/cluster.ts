import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { Crds } from "../toolchain/crds.ts";
import { ApiClient, type Manifest } from "./apiClient.ts";
import type { CredentialStore } from "./credentials.ts";
import type { SandboxDirectory } from "./directory.ts";

/** Where the hash of an object's content is noted on the object, so that an unchanged one is not written again. */
const noted = "sandbox.mesh-six/content";

const collections: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "customresourcedefinitions",
  Namespace: "namespaces",
  Node: "nodes",
  Secret: "secrets",
};

/**
 * Gives the sandbox's cluster what production has before the program comes: the CRDs of Dapr, Traefik, ArgoCD and
 * External Secrets, a node, and the namespaces and Secrets of others. Tells how many objects were written.
 */
export async function prepareCluster(
  directory: SandboxDirectory,
  port: number,
  crds: Crds,
  credentials: CredentialStore,
): Promise<number> {
  const client = new ApiClient(directory, port);
  try {
    const definitions = Object.values(crds).flat().flatMap(readManifests);
    const [changedDefinitions, changedOthers] = await Promise.all([
      applyChanged(client, definitions),
      // What lies in a namespace comes after it.
      applyChanged(client, surroundings()).then(
        async (changed) => changed + (await applyChanged(client, surroundingSecrets(credentials))),
      ),
    ]);
    if (changedDefinitions > 0)
      await Promise.all(definitions.map((definition) => established(client, definition)));
    return changedDefinitions + changedOthers;
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
