/** What can be amiss with the machine, the settings and the cluster. */
import type { TestSandbox } from "../support/sandbox.ts";
import { type Config, type Defect, type Patient, set } from "./doctorSupport.ts";

/** Everything in the cluster, but of one kind of the core group only those verbs. */
const allBut = (resource: string, verbs: readonly string[]) => [
  {
    apiGroups: ["apps", "batch", "dapr.io", "traefik.io", "argoproj.io", "external-secrets.io"],
    resources: ["*"],
    verbs: ["*"],
  },
  { apiGroups: ["discovery.k8s.io", "apiextensions.k8s.io"], resources: ["*"], verbs: ["*"] },
  {
    apiGroups: [""],
    resources: ["namespaces", "secrets", "configmaps", "services", "pods"].filter((r) => r !== resource),
    verbs: ["*"],
  },
  { apiGroups: [""], resources: [resource], verbs },
];

export function defectsOfCluster(sandbox: TestSandbox, patient: Patient): readonly Defect[] {
  /** A user of the cluster who may do just that. */
  const asUser = async (name: string, rules: readonly object[]) => {
    const group = "rbac.authorization.k8s.io";
    const role = { apiVersion: `${group}/v1`, kind: "ClusterRole", metadata: { name }, rules };
    const roleRef = { apiGroup: group, kind: "ClusterRole", name };
    const subjects = [{ kind: "ServiceAccount", name, namespace: "default" }];
    const binding = { ...role, kind: "ClusterRoleBinding", rules: undefined, roleRef, subjects };
    await sandbox.kubectl("create", "serviceaccount", name, "-n", "default");
    for (const object of [role, binding])
      await sandbox.kubectl("apply", "-f", await patient.file("object.json", JSON.stringify(object)));
    const token = (await sandbox.kubectl("create", "token", name, "-n", "default")).trim();
    const kubeconfig = await patient.kubeconfig((config) => {
      for (const one of config["users"] as { user: Config }[]) one.user = { token };
    });
    return set({ kubeconfig });
  };
  const unreachable = async () => {
    const kubeconfig = await patient.kubeconfig(({ clusters }) => {
      for (const { cluster } of clusters as { cluster: Config }[]) cluster["server"] = "https://127.0.0.1:1";
    });
    return set({ kubeconfig });
  };
  return [
    {
      what: "an old engine",
      check: "engine",
      says: /3\.100\.0/,
      plant: async () => ({ environment: { PATH: await patient.program("pulumi", "v3.100.0") } }),
    },
    {
      what: "an old Node",
      check: "Node",
      says: /expected 24 or newer, got v20\.1\.0/,
      plant: async () => ({ environment: { PATH: await patient.program("node", "v20.1.0") } }),
    },
    {
      what: "a wrong passphrase",
      check: "stack",
      says: /PULUMI_CONFIG_PASSPHRASE/,
      plant: () => ({
        environment: { PULUMI_CONFIG_PASSPHRASE: "wrong", PULUMI_CONFIG_PASSPHRASE_FILE: "" },
      }),
    },
    {
      what: "an unknown setting",
      check: "settings",
      says: /databaseHots.*did you mean mesh-six:databaseHost/,
      plant: () => set({ databaseHots: "x" }),
    },
    {
      what: "an API server out of reach",
      check: "cluster",
      says: /127\.0\.0\.1:1: expected an answer/,
      plant: unreachable,
    },
    {
      what: "a grant that is missing",
      check: "permission configmaps in mesh-six",
      says: /got no patch/,
      plant: () => asUser("no-patch", allBut("configmaps", ["get", "create", "delete"])),
    },
    {
      what: "a user who may not see Secrets",
      check: "permission secrets in mesh-six",
      says: /got no get/,
      plant: () => asUser("no-secrets", allBut("secrets", ["create", "patch", "delete"])),
    },
    {
      what: "a ClusterSecretStore that is missing",
      check: "ClusterSecretStore",
      says: /elsewhere: expected one, got none/,
      plant: () => set({ secretStore: "elsewhere" }),
    },
    {
      what: "a Secret to copy that is missing",
      check: "source of extra-secret",
      says: /redis-system\/gone: expected to read it, got none/,
      plant: () => ({
        settings: (config) => {
          const from = { namespace: "redis-system", name: "gone" };
          (config["mesh-six:secrets"] as Config)["extra-secret"] = { source: "cluster", keys: ["key"], from };
        },
      }),
    },
    {
      what: "another user in Vault's secret than in postgres-secret",
      check: "PG_USER and PG_PASSWORD",
      says: /expected PG_USER as in postgres-secret/,
      plant: async () => {
        const values = ["--from-literal=PG_USER=somebody"];
        await sandbox.kubectl("create", "secret", "generic", "mesh-six-secrets", "-n", "mesh-six", ...values);
        return {};
      },
      heal: () => sandbox.kubectl("delete", "secret", "mesh-six-secrets", "-n", "mesh-six"),
    },
    {
      what: "an old ArgoCD",
      check: "ArgoCD",
      says: /argocd-server: expected ArgoCD 2\.9 or later, got 2\.8/,
      plant: async () => {
        const image = ["--image=quay.io/argoproj/argocd:v2.8.4", "--replicas=0"];
        await sandbox.kubectl("create", "deployment", "argocd-server", "-n", "argocd", ...image);
        return {};
      },
      heal: () => sandbox.kubectl("delete", "deployment", "argocd-server", "-n", "argocd"),
    },
  ];
}

const oldIngressRoute = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "ingressroutes.traefik.containo.us" },
  spec: {
    group: "traefik.containo.us",
    scope: "Namespaced",
    names: { kind: "IngressRoute", plural: "ingressroutes", singular: "ingressroute" },
    versions: [
      { name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

/** What takes with it what the program made: for the end. */
export function defectsThatStay(sandbox: TestSandbox, patient: Patient): readonly Defect[] {
  return [
    {
      what: "Traefik's old group, where the new one is asked for",
      check: "CRD IngressRoute",
      says: /got traefik\.io without IngressRoute.*mesh-six:ingressApiGroup auto/,
      plant: async () => {
        await sandbox.kubectl("delete", "crd", "ingressroutes.traefik.io");
        const file = await patient.file("old.json", JSON.stringify(oldIngressRoute));
        await sandbox.kubectl("apply", "-f", file);
        await sandbox.kubectl("wait", "--for=condition=Established", "crd/ingressroutes.traefik.containo.us");
        return set({ ingressApiGroup: "traefik.io" });
      },
    },
    {
      what: "a definition that is missing",
      check: "CRD Resiliency",
      says: /expected the cluster to serve dapr\.io\/v1alpha1.*install Dapr/,
      plant: async () => {
        await sandbox.kubectl("delete", "crd", "resiliencies.dapr.io");
        return {};
      },
    },
  ];
}
