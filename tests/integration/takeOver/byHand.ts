import { startCluster, type TestCluster } from "../../support/cluster/cluster.ts";
import type { LiveApplication } from "../../support/cluster/applications.ts";

/** A cluster without ArgoCD: the tests themselves do and say what it would. */
export class ByHand {
  readonly cluster: TestCluster & { readonly close: () => Promise<void> };
  readonly access: { readonly kubeconfig: string; readonly context: "" };

  private constructor(cluster: ByHand["cluster"]) {
    this.cluster = cluster;
    this.access = { kubeconfig: cluster.kubeconfig, context: "" };
  }

  static async start(): Promise<ByHand> {
    const cluster = await startCluster(["etcd", "kube-apiserver"]);
    const namespaces = ["by-hand", "mesh-six"].map((name) => ({
      ...{ apiVersion: "v1", kind: "Namespace" },
      metadata: { name },
    }));
    await cluster.apply(...namespaces);
    return new ByHand(cluster);
  }

  /** An Application. */
  live(name: string): Promise<LiveApplication> {
    return this.cluster.get<LiveApplication>("application", name, "-n", "by-hand");
  }

  /** Changes an Application by a merge patch. */
  async write(name: string, patch: object): Promise<void> {
    const change = ["patch", "application", name, "--type=merge", "-p", JSON.stringify(patch)];
    await this.cluster.kubectl(["-n", "by-hand", ...change]);
  }

  syncInputs(name: string, waitMinutes: number) {
    const named = { namespace: "by-hand", name };
    return { ...this.access, application: named, source: "hash", objects: [route], wait: true, waitMinutes };
  }
}

export const route = {
  apiVersion: "traefik.io/v1alpha1",
  kind: "IngressRoute",
  namespace: "mesh-six",
  name: "dashboard",
};

/** A status that says all is well, of that source. */
export function good(source: unknown, rest: object = {}) {
  const destination = { server: "https://kubernetes.default.svc", namespace: "mesh-six" };
  return {
    sync: { status: "Synced", comparedTo: { source, destination } },
    health: { status: "Healthy" },
    ...rest,
  };
}
