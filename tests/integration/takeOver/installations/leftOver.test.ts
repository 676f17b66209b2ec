import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deletion } from "../../../support/cluster/applications.ts";
import { eventually, startCluster } from "../../../support/cluster/cluster.ts";
import type { ByPerson } from "./byPerson.ts";
import { configure, install } from "./installed.ts";
import { Refused, TakenOver } from "./takenOver.ts";

/*
 * People keep an object that left the source of their Application, since it does not prune. The Application that the
 * program declares does.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;
let person: ByPerson;
const name = "left";
const kept = ["deployment", "orchestrator", "-n", name] as const;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
  await configure(cluster);
  person = await install(cluster, name, { syncPolicy: {} });
  const { spec } = await person.application();
  const kustomize = { ...spec.source?.kustomize, patches: [deletion("Deployment", "orchestrator")] };
  await person.write({ spec: { source: { ...spec.source, kustomize } } });
  await eventually("ArgoCD sees that it left the source", async () => {
    const { status } = await person.application();
    const left = (status?.resources ?? []).filter(({ requiresPruning }) => requiresPruning);
    return left.some((one) => one.name === "orchestrator") ? true : undefined;
  });
});
after(() => cluster.close());

const uid = async () => (await cluster.get<{ metadata: { uid: string } }>(...kept)).metadata.uid;

test("what left the source and was kept is named before the first write, and stays where the settings say so", async () => {
  const first = await uid();
  await assert.rejects(
    new TakenOver(cluster, name).up(),
    (error) =>
      error instanceof Refused &&
      /got Deployment orchestrator, which it has not pruned so far .* mesh-six:argocdPrune false/.test(
        error.message,
      ),
  );
  assert.equal(await uid(), first);
  await new TakenOver(cluster, name, { argocdPrune: "false" }).up();
  for (let round = 0; round < 3; round++) await person.reconcile();
  assert.equal(await uid(), first);
});
