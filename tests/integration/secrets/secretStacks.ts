import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, connect, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { resolveToolchain } from "../../../toolchain/resolve.ts";
import { eventually, startCluster } from "../../support/cluster/cluster.ts";
import { Engine } from "../../support/engine/engine.ts";
import { ExternalSecretsOperator } from "../../support/cluster/externalSecrets.ts";

interface Live extends ClusterObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly metadata: ClusterObject["metadata"] & { readonly ownerReferences?: readonly { name: string }[] };
}

export const config = { source: "config", kind: "opaque", values: { "api-key": "from-config" } };
export const generated = { source: "generated", kind: "opaque", keys: ["api-key"], length: 20 };
export const copied = {
  source: "cluster",
  kind: "opaque",
  namespace: "elsewhere",
  name: "theirs",
  keys: { "api-key": "api-key" },
};
export const vault = (externalSecret = "own-external") => ({
  source: "vault",
  kind: "opaque",
  externalSecret,
  remoteKey: "secret/data/mesh-six",
  refreshInterval: "1h",
  keys: { "api-key": "own-key" },
});

/** Stacks with one Secret each, in a cluster of their own. */
export class SecretStacks {
  readonly started: Awaited<ReturnType<typeof startCluster>>;
  readonly cluster: Cluster;
  readonly #engine: Engine;
  #namespaces = 0;

  private constructor(started: SecretStacks["started"], cluster: Cluster, engine: Engine) {
    this.started = started;
    this.cluster = cluster;
    this.#engine = engine;
  }

  static async start(): Promise<SecretStacks> {
    const started = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager"]);
    const cluster = await connect({ kubeconfig: started.kubeconfig, context: "" });
    const toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
    const from = { engine: toolchain.engine, kubeconfig: started.kubeconfig };
    return new SecretStacks(started, cluster, await Engine.create(from, ""));
  }

  async close(): Promise<void> {
    await this.#engine.close();
    await this.started.close();
  }

  /** A namespace with its operator, and a stack that declares one Secret in it. */
  async stack() {
    this.#namespaces += 1;
    const namespace = `sources-${this.#namespaces}`;
    await this.started.kubectl(["create", "namespace", namespace]);
    const operator = new ExternalSecretsOperator(this.cluster, namespace, { "own-key": "from-vault" });
    const secret = { apiVersion: "v1", kind: "Secret", namespace, name: "own-secret" };
    const read = () => this.cluster.get<Live>(secret);
    const content = (live: Live | undefined) =>
      live?.data?.["api-key"] && Buffer.from(live.data["api-key"], "base64").toString();
    return {
      namespace,
      read,
      content,
      close: () => operator.close(),
      run: async (operation: string, source: object, more: Record<string, string> = {}) =>
        this.#engine.run(operation, "secretSources", namespace, {
          NAMESPACE: namespace,
          SOURCE: JSON.stringify(source),
          MESH_SIX_ALLOW_STAND_INS: "1",
          ...more,
        }),
      says: (expected: RegExp) =>
        eventually(String(expected), async () => {
          const live = await read();
          return expected.test(content(live) ?? "") ? live : undefined;
        }),
      /** Looks all the time until it is ended; how often the content was missing. */
      watch: () => {
        let missing = 0;
        let looks = 0;
        let ended = false;
        const looking = (async () => {
          while (!ended) {
            const found = content(await read());
            looks += 1;
            if (found === undefined || found === "") missing += 1;
            await sleep(10);
          }
        })();
        return async () => {
          ended = true;
          await looking;
          return { missing, looks };
        };
      },
    };
  }
}
