import type { Manifest } from "../apiClient.ts";
import type { CredentialStore } from "../../place/credentials.ts";

/** Argo CD's own objects, in its namespace: as much of `manifests/base/config` as the two servers read. */
export function argocdObjects(credentials: CredentialStore): Manifest[] {
  return [
    configMap("argocd-cm", {
      // Nobody here sets the status of an ExternalSecret, and Argo CD would wait for it for good.
      "resource.customizations.health.external-secrets.io_ExternalSecret": 'return { status = "Healthy" }\n',
    }),
    ...["argocd-cmd-params-cm", "argocd-gpg-keys-cm", "argocd-rbac-cm"].map((name) => configMap(name)),
    ...["argocd-ssh-known-hosts-cm", "argocd-tls-certs-cm"].map((name) => configMap(name)),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "argocd-secret", namespace: "argocd", labels: partOf },
      stringData: { "server.secretkey": credentials.generated("argocd-server-key") },
    },
  ];
}

/** The project that Applications belong to; its kind comes with Argo CD's CRDs. */
export const defaultProject: Manifest = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "default", namespace: "argocd" },
  spec: {
    sourceRepos: ["*"],
    destinations: [{ namespace: "*", server: "*" }],
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
  },
};

const partOf = { "app.kubernetes.io/part-of": "argocd" };

function configMap(name: string, data: Readonly<Record<string, string>> = {}): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "argocd", labels: partOf },
    data,
  };
}
