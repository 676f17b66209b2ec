import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { patchesOf, takesOut } from "../../../../lib/argocd/application.ts";
import { startCluster } from "../../../support/cluster/cluster.ts";
import { randomOf } from "../../../support/random.ts";
import { ByPerson } from "./byPerson.ts";
import { changesBetween, everything, uidsOf, withoutCount, type Everything } from "./everything.ts";
import { configure, install } from "./installed.ts";
import { TakenOver } from "./takenOver.ts";

/*
 * Somebody takes the stack's patches out of the Application, at any moment: while ArgoCD compares, while it syncs by
 * hand with prune, during an `up`. Nothing is pruned, and one more `up` puts everything right.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
  await configure(cluster);
});
after(() => cluster.close());

const isWhole =
  process.env["MESH_SIX_INSTALLATIONS"] === "all" || process.env["MESH_SIX_ARGOCD"] !== undefined;
/** Ten times, which takes minutes, where all is asked for. */
const times = isWhole ? 10 : 2;
const seed = Number(process.env["MESH_SIX_SEED"] ?? Date.now() % 100_000);

const stacks: Readonly<Record<string, (name: string) => Promise<TakenOver>>> = {
  fresh: (name) => Promise.resolve(new TakenOver(cluster, name, { adopt: "false" })),
  adopted: async (name) => {
    await install(cluster, name, { finalizers: ["resources-finalizer.argocd.argoproj.io"] });
    return new TakenOver(cluster, name);
  },
};

describe(`patches that are lost at random moments, MESH_SIX_SEED=${seed}`, { concurrency: 2 }, () => {
  for (const [kind, make] of Object.entries(stacks)) {
    test(`prune nothing of a stack that is ${kind}, and one up brings them back`, async () => {
      const name = `lost-${kind}`;
      const random = randomOf(seed);
      const stack = await make(name);
      await stack.up();
      const person = new ByPerson(cluster, name);
      await person.syncByHand();
      const right = await everything(cluster, name);
      const meanwhile = {
        "nothing happens": () => Promise.resolve(),
        "ArgoCD compares": () => person.reconcile(),
        "somebody syncs": () => person.syncByHand(),
        "an up runs": () => stack.up(),
      };
      for (let time = 1; time <= times; time++) {
        const what = random.pick(Object.keys(meanwhile) as (keyof typeof meanwhile)[]);
        const wait = random.below(2_000);
        const moment = `${time}: while ${what}, after ${wait} ms`;
        const running = meanwhile[what]();
        await sleep(wait);
        await person.loseThePatches();
        await running;
        await person.reconcile();
        await person.syncByHand();
        assert.deepEqual(uidsOf(await everything(cluster, name)), uidsOf(right), moment);

        await stack.up();
        await person.syncByHand();
        assertSame(right, await everything(cluster, name), moment);
        const patches = patchesOf(await person.application());
        assert.ok(takesOut(patches, { kind: "Component", name: "agent-pubsub" }), moment);
      }
      await stack.destroy();
    });
  }
});

function assertSame(right: Everything, now: Everything, moment: string): void {
  assert.deepEqual(changesBetween(withoutCount(right), withoutCount(now)), [], moment);
}
