import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { addressOf, type PlannedObject } from "../../../../preflight/adoption/document.ts";
import { startCluster } from "../../../support/cluster/cluster.ts";
import { recordEnd } from "../../../support/cluster/ends.ts";
import {
  changesBetween,
  differing,
  everything,
  keyOf,
  uidsOf,
  withoutCount,
  type Everything,
} from "./everything.ts";
import { installations, type Installation } from "./table.ts";
import { configure, install } from "./installed.ts";
import { TakenOver } from "./takenOver.ts";

/*
 * Each installation of the table in a namespace of its own: taken over as its plan says, synced by hand with prune,
 * reconciled, its patches lost and brought back, let go, and destroyed. MESH_SIX_ARGOCD says which ArgoCD looks after it.
 */
let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager", "argocd"]);
});
after(() => cluster.close());

/** Where the plan and what has happened differ: it names each object, and of each exactly the fields that differ. */
function unplanned(plan: readonly PlannedObject[], found: Everything, now: Everything): string[] {
  const planned = new Map(plan.map((one) => [`${one.kind} ${one.name}`, one]));
  const wrong = [...planned].flatMap(([key, { outcome, reason = "", changes }]) => {
    const [before, after] = [found[key], now[key]];
    if (after === undefined) return [`${key} is not there`];
    if (outcome === "unknown" || (outcome === "made") !== (before === undefined))
      return [`${key}: ${outcome} ${reason}`];
    if (before === undefined) return [];
    const told = changes.map(({ path }) => path);
    const differ = differing(before, after);
    return [
      ...told.filter((path) => !differ.includes(path)).map((path) => `${key}: told only: ${path}`),
      ...differ.filter((path) => !told.includes(path)).map((path) => `${key}: not told: ${path}`),
    ];
  });
  const others = (all: Everything) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !planned.has(key)));
  return [...wrong, ...changesBetween(others(found), others(now))];
}

/** All take a while: `npm test -- --operators` says which Argo CD, and takes all; `npm test` takes a few. */
const asked =
  process.env["MESH_SIX_INSTALLATIONS"] ?? (process.env["MESH_SIX_ARGOCD"] === undefined ? "" : "all");
const leftOut = "npm test -- --operators or MESH_SIX_INSTALLATIONS=all takes this installation too";
const sample = [1, 3, 5, 32];

/** `all`, or the numbers of cases: `1-10,32`. */
function isTaken(number: number): boolean {
  if (asked === "all") return true;
  if (asked === "") return sample.includes(number);
  return asked.split(",").some((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return number >= first && number <= last;
  });
}

/** The cases by what argocd-cm says, which all Applications at one time have in common. */
const groups = Map.groupBy(installations.entries(), ([, { settings = {} }]) => JSON.stringify(settings));

for (const [settings, cases] of groups) {
  const isWanted = cases.some(([at]) => isTaken(at + 1));
  describe(`with ${settings} in argocd-cm`, { concurrency: 3 }, () => {
    before(() => (isWanted ? configure(cluster, JSON.parse(settings) as Record<string, string>) : undefined));
    for (const [at, what] of cases) declareCase(at, what);
  });
}

function declareCase(at: number, what: Installation): void {
  const name = `case-${String(at + 1).padStart(2, "0")}`;
  const skip = !isTaken(at + 1) && leftOut;
  test(
    `${at + 1}: takes over ${what.what}, as planned, and nothing is lost until it is destroyed`,
    { skip },
    async () => {
      const person = await install(cluster, name, what);
      const found = await everything(cluster, name);
      assert.ok(found["Component agent-pubsub"] !== undefined && found[`Namespace ${name}`] !== undefined);
      const values = { ...what.values, argocdApplication: `${what.prefix ?? ""}${name}` };
      const stack = new TakenOver(cluster, name, values);

      const plan = await stack.up();
      const taken = await everything(cluster, name);
      assert.deepEqual(unplanned(plan, found, taken), []);
      const lost = plan.flatMap((one) =>
        one.changes.filter(({ kind }) => kind === "lost").map(({ path }) => `${addressOf(one)} ${path}`),
      );
      for (const path of what.lost ?? []) assert.ok(lost.includes(path), `${path} in ${lost.join(", ")}`);
      assert.deepEqual((await person.application()).metadata.finalizers ?? [], [], "finalizers");
      const stays = async (moment: string) =>
        assert.deepEqual(changesBetween(taken, await everything(cluster, name)), [], moment);
      await person.syncByHand();
      await stays("after a sync by hand with prune");
      for (let round = 1; round <= 3; round++) await person.reconcile();
      await stays("after three rounds");
      await recordEnd(cluster, name, name);

      await person.loseThePatches();
      await person.reconcile();
      assert.deepEqual(uidsOf(await everything(cluster, name)), uidsOf(taken), "after lost patches");
      await stack.up();
      await person.syncByHand();
      const again = await everything(cluster, name);
      assert.deepEqual(changesBetween(withoutCount(taken), withoutCount(again)), [], "after another up");

      await stack.up({ argocdEnabled: "false" });
      const application = `Application ${values.argocdApplication}`;
      const without = (all: Everything, keys: readonly string[]) =>
        Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
      const alone = await everything(cluster, name);
      assert.deepEqual(
        changesBetween(without(again, [application]), alone),
        [],
        "after the Application is gone",
      );

      await stack.destroy();
      const own = plan
        .filter(({ kind }) => kind !== "Namespace")
        .map((one) => keyOf({ ...one, metadata: one }));
      assert.deepEqual(
        changesBetween(without(alone, own), await everything(cluster, name)),
        [],
        "after destroy",
      );
    },
  );
}
