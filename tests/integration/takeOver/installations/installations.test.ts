import { after, before, describe, test } from "node:test";
import { startCluster } from "../../../support/cluster/cluster.ts";
import { chosen } from "./chosen.ts";
import { configure } from "./installed.ts";
import { judge } from "./judge.ts";
import { TakenOver } from "./takenOver.ts";

/*
 * Each installation of the table, taken over by what the program declares and its own providers, without the engine.
 * MESH_SIX_ARGOCD says which ArgoCD looks after it.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
});
after(() => cluster.close());

// `npm test -- --operators` says which ArgoCD, and takes all.
for (const [settings, cases] of chosen(
  process.env["MESH_SIX_ARGOCD"] === undefined ? [1, 3, 5, 32] : "all",
)) {
  describe(`with ${settings} in argocd-cm`, { concurrency: 3 }, () => {
    before(async () => {
      if (cases.some(({ skip }) => skip === false))
        await configure(cluster, JSON.parse(settings) as Record<string, string>);
    });
    for (const { what, name, title, skip } of cases) {
      test(title, { skip }, () =>
        judge(cluster, name, what, (values) => new TakenOver(cluster, name, values)),
      );
    }
  });
}
