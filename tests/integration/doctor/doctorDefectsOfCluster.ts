/** The defects of the machine, the settings and the cluster. */
import type { TestSandbox } from "../../support/engine/sandbox.ts";
import { type Config, type Defect, type Patient, set } from "./doctorSupport.ts";

const core = ["namespaces", "secrets", "configmaps", "services", "pods"];
const waitedBy = ["endpoints", "persistentvolumeclaims"];

/** Everything in the cluster, but of one kind of the core group only those verbs. */
const allBut = (resource: string, verbs: readonly string[]) => [
  {
    apiGroups: ["apps", "batch", "dapr.io", "traefik.io", "argoproj.io", "external-secrets.io"],
    resources: ["*"],
    verbs: ["*"],
  },
  { apiGroups: ["apiextensions.k8s.io"], resources: ["*"], verbs: ["*"] },
  {
    apiGroups: [""],
    resources: [...core, ...waitedBy].filter((r) => r !== resource),
    verbs: ["*"],
  },
  { apiGroups: [""], resources: [resource], verbs },
];

export function defectsOfCluster(sandbox: TestSandbox, patient: Patient): readonly Defect[] {
  const asUser = async (name: string, rules: readonly object[]) =>
    set({ kubeconfig: await patient.user(name, rules) });
  const unreachable = async () => {
    const kubeconfig = await patient.kubeconfig(({ clusters }) => {
      for (const { cluster } of clusters as { cluster: Config }[]) cluster["server"] = "https://127.0.0.1:1";
    });
    return set({ kubeconfig });
  };
  const finalizers = (list: string) => {
    const patch = `{"metadata":{"finalizers":${list}}}`;
    return sandbox.kubectl("patch", "application", "mesh-six", "-n", "argocd", "--type=merge", "-p", patch);
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
      what: "a grant that only waiting needs",
      check: "permission endpoints in mesh-six",
      says: /got no watch.*mesh-six-infra-endpoints/,
      plant: () => asUser("no-watch", allBut("endpoints", ["get", "list"])),
    },
    {
      what: "a user without the right to read Secrets",
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
      what: "another stack with the same settings in a namespace of its own",
      check: "other stacks",
      says: new RegExp(
        [
          "keys in Redis \\(\\S+ mesh-six:\\)",
          "keys in Redis \\(\\S+ mesh-six-actors:\\)",
          "queues in RabbitMQ \\([^)]+\\)",
          "database \\S+/mesh_six",
          "routes of mesh-six\\.bto\\.bar",
          "board \\S+",
        ]
          .map((said) => `${said} to be this stack's alone, got stack dev in namespace mesh-six-dev too`)
          .join(".*"),
      ),
      plant: async () => {
        await copyOfStack(sandbox, patient, "mesh-six-dev", "dev");
        return {};
      },
      heal: () => sandbox.kubectl("delete", "namespace", "mesh-six-dev"),
    },
    {
      what: "an Application that is being deleted",
      check: "Application",
      says: /argocd\/mesh-six: expected it to stay.*kubectl get application mesh-six -n argocd/,
      plant: async () => {
        await finalizers('["example.com/held"]');
        await sandbox.kubectl("delete", "application", "mesh-six", "-n", "argocd", "--wait=false");
        return {};
      },
      heal: async () => {
        await finalizers("null");
        await sandbox.operate("up", "--refresh");
      },
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
        // The second is none of ArgoCD's own, and has versions of its own.
        for (const [name, image] of [
          ["argocd-server", "argoproj/argocd:v2.8.4"],
          ["argocd-image-updater", "argoprojlabs/argocd-image-updater:v0.12.0"],
        ] as const) {
          const what = [name, "-n", "argocd", `--image=quay.io/${image}`, "--replicas=0"];
          await sandbox.kubectl("create", "deployment", ...what);
        }
        return {};
      },
      heal: () => sandbox.kubectl("delete", "deployment", "argocd-server", "-n", "argocd"),
    },
  ];
}

/** Lays what the sandbox's stack has in the cluster into another namespace, as another stack would have it. */
async function copyOfStack(
  sandbox: TestSandbox,
  patient: Patient,
  namespace: string,
  stack: string,
): Promise<void> {
  interface Listed {
    readonly items: readonly {
      readonly metadata: { readonly name: string; readonly labels?: object };
      readonly spec?: object;
    }[];
  }
  const kinds = "components.dapr.io,ingressroutes.traefik.io,secrets,deployments";
  const { items } = JSON.parse(await sandbox.kubectl("get", kinds, "-n", "mesh-six", "-o", "json")) as Listed;
  const labels = { "app.kubernetes.io/part-of": "mesh-six", "app.kubernetes.io/managed-by": "pulumi" };
  const annotations = { "mesh-six/stack": stack };
  const copies = items.map(({ metadata: { name, labels: own }, spec, ...rest }) => ({
    ...rest,
    metadata: { name, namespace, labels: own, annotations },
    // Its Pods are nobody's business.
    ...(spec === undefined ? {} : { spec: "template" in spec ? { ...spec, replicas: 0 } : spec }),
  }));
  const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels, annotations } };
  const list = { apiVersion: "v1", kind: "List", items: [own, ...copies] };
  await sandbox.kubectl("apply", "-f", await patient.file("copy.json", JSON.stringify(list)));
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

/** Defects that take the program's own objects with them: for the end. */
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
