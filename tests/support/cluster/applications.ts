import { eventually, type TestCluster } from "./cluster.ts";

/** The fields of an Application that the tests look at. */
export interface LiveApplication {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly source: { readonly kustomize?: { readonly patches: readonly { patch: string }[] } };
    readonly syncPolicy?: { readonly automated?: object; readonly syncOptions?: readonly string[] };
    readonly ignoreDifferences?: readonly object[];
  };
  readonly status?: {
    readonly sync?: { readonly status: string; readonly comparedTo: { readonly source: unknown } };
    readonly health: { readonly status: string };
    readonly resources: readonly { kind: string; name: string; status: string; requiresPruning?: boolean }[];
  };
}

/** An Application as the manual installation made it. */
export function application(
  name: string,
  overrides: { namespace?: string; source?: object; syncPolicy?: object } = {},
) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: overrides.namespace ?? "argocd" },
    spec: {
      project: "default",
      source: {
        // A repository of the overlay, for a real Argo CD.
        repoURL: process.env["MESH_SIX_REPOSITORY"] ?? "https://github.com/jaybrto/mesh-six",
        targetRevision: "main",
        path: "k8s/overlays/prod",
        ...overrides.source,
      },
      destination: { server: "https://kubernetes.default.svc", namespace: "mesh-six" },
      syncPolicy: overrides.syncPolicy ?? {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["CreateNamespace=true"],
      },
    },
  };
}

/** An Application of Applications, which syncs nothing by itself. */
export function appOfApps(called: string) {
  const { metadata, spec, ...header } = application(called, { syncPolicy: {}, source: { path: "apps" } });
  return {
    ...header,
    metadata,
    spec: { ...spec, destination: { ...spec.destination, namespace: "argocd" } },
  };
}

/** Waits until the stand-in for ArgoCD says Synced of the Application's present source. */
export async function synced(cluster: TestCluster, name = "mesh-six"): Promise<LiveApplication> {
  return await eventually(`${name} is Synced`, async () => {
    const live = await cluster.get<LiveApplication>("application", name, "-n", "argocd");
    const compared =
      JSON.stringify(live.status?.sync?.comparedTo.source) === JSON.stringify(live.spec.source);
    return compared && live.status?.sync?.status === "Synced" ? live : undefined;
  });
}

/** The patch that takes one object out of the source. */
export function deletion(kind: string, name: string) {
  return {
    target: { kind, name },
    patch: `$patch: delete\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`,
  };
}

/** UIDs of everything of a namespace that a person or a program made, by kind and name. */
export async function uids(cluster: TestCluster, namespace: string): Promise<Record<string, string>> {
  const kinds =
    "deployments,services,secrets,components,resiliencies,configurations.dapr.io,ingressroutes,externalsecrets";
  const { items } = await cluster.get<{ items: { kind: string; metadata: { name: string; uid: string } }[] }>(
    kinds,
    "-n",
    namespace,
  );
  return Object.fromEntries(items.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]));
}
