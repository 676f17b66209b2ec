import {
  applicationReference,
  isRetried,
  patchesOf,
  takenOut,
  type Application,
} from "../../../../lib/argocd/application.ts";
import { connect } from "../../../../lib/kubernetes/cluster.ts";
import { eventually, type TestCluster } from "../../../support/cluster/cluster.ts";

const refresh = "argocd.argoproj.io/refresh";

/** An Application as people deal with it, by ArgoCD's page or kubectl. */
export class ByPerson {
  readonly #cluster: TestCluster;
  readonly #name: string;

  constructor(cluster: TestCluster, name: string) {
    this.#cluster = cluster;
    this.#name = name;
  }

  async application(): Promise<Application> {
    const cluster = await connect({ kubeconfig: this.#cluster.kubeconfig, context: "" });
    const found = await cluster.get<Application>(this.#reference);
    if (found === undefined) throw new Error(`Application ${this.#name} is gone`);
    return found;
  }

  async write(patch: object): Promise<void> {
    const cluster = await connect({ kubeconfig: this.#cluster.kubeconfig, context: "" });
    await cluster.merge(this.#reference, patch);
  }

  /** Takes our patches out; people's own stay. */
  async loseThePatches(): Promise<void> {
    const application = await this.application();
    const patches = patchesOf(application).filter((patch) => takenOut([patch]).length === 0);
    const { source } = application.spec;
    await this.write({ spec: { source: { ...source, kustomize: { patches } } } });
  }

  /** As `argocd app sync --prune`, to its end. */
  async syncByHand(): Promise<void> {
    await this.write({ operation: { initiatedBy: { username: "somebody" }, sync: { prune: true } } });
    await eventually("the sync by hand is over", async () => {
      const { operation, status } = await this.application();
      return operation === undefined && status?.operationState?.phase !== "Running" ? true : undefined;
    });
  }

  /** ArgoCD compares again, and has done what follows. */
  async reconcile(): Promise<void> {
    await this.write({ metadata: { annotations: { [refresh]: "hard" } } });
    await eventually("ArgoCD has looked again", async () => {
      const { metadata, status } = await this.application();
      // A sync that fails is tried again for minutes.
      const isSyncing = status?.operationState?.phase === "Running" && !isRetried(status.operationState);
      return metadata.annotations?.[refresh] === undefined && !isSyncing ? true : undefined;
    });
  }

  get #reference() {
    return applicationReference({ namespace: "argocd", name: this.#name });
  }
}
