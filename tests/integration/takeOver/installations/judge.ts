import assert from "node:assert/strict";
import { addressOf, type PlannedObject } from "../../../../preflight/adoption/document.ts";
import type { TestCluster } from "../../../support/cluster/cluster.ts";
import { recordEnd } from "../../../support/cluster/ends.ts";
import type { StackValues } from "../../../support/engine/program.ts";
import {
  changesBetween,
  differing,
  everything,
  keyOf,
  uidsOf,
  withoutCount,
  type Everything,
} from "./everything.ts";
import { install } from "./installed.ts";
import type { Installation } from "./table.ts";

/** A stack of the program, whatever runs it. */
export interface Stack {
  /** As `pulumi up`. @returns what the plan said of each object that the stack did not have yet */
  up(changes?: StackValues): Promise<readonly PlannedObject[]>;
  /** As `pulumi destroy`. */
  destroy(): Promise<void>;
}

/**
 * The differences between plan and result: the plan names each object, and of each exactly the fields that differ.
 */
function unplanned(plan: readonly PlannedObject[], found: Everything, now: Everything): string[] {
  const planned = new Map(plan.map((one) => [`${one.kind} ${one.name}`, one]));
  const wrong = [...planned].flatMap(([key, { outcome, reason = "", changes }]) => {
    const [before, after] = [found[key], now[key]];
    if (after === undefined) return [`${key} is not there`];
    if (outcome === "unknown" || (outcome === "made") !== (before === undefined))
      return [`${key}: ${outcome} ${reason}`];
    if (before === undefined) return [];
    const told = changes.filter(({ later }) => !later).map(({ path }) => path);
    // The plan knows no parts of a value that only the update knows, and not whether it is the one that is there.
    const later = changes.filter((change) => change.later).map(({ path }) => path);
    const differ = differing(before, after).filter((path) => !later.some((whole) => path.startsWith(whole)));
    return [
      ...told.filter((path) => !differ.includes(path)).map((path) => `${key}: told only: ${path}`),
      ...differ.filter((path) => !told.includes(path)).map((path) => `${key}: not told: ${path}`),
    ];
  });
  const others = (all: Everything) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !planned.has(key)));
  return [...wrong, ...changesBetween(others(found), others(now))];
}

/**
 * Makes an installation in a namespace of its own, and follows it to its end: taken over as its plan says, synced by
 * hand with prune, reconciled, its patches lost and brought back, let go, and destroyed.
 *
 * @param started - the stack that takes it over, by its settings
 */
export async function judge(
  cluster: TestCluster,
  name: string,
  what: Installation,
  started: (values: StackValues) => Stack,
): Promise<void> {
  const person = await install(cluster, name, what);
  const values = { ...what.values, argocdApplication: `${what.prefix ?? ""}${name}` };
  const found = await everything(cluster, name);
  assert.ok(found["Component agent-pubsub"] !== undefined && found[`Namespace ${name}`] !== undefined);
  const stack = started(values);

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
  assert.deepEqual(changesBetween(without(again, [application]), alone), [], "after the Application is gone");

  await stack.destroy();
  const own = plan
    .filter(({ kind, patched }) => kind !== "Namespace" && !patched)
    .map((one) => keyOf({ ...one, metadata: one }));
  assert.deepEqual(changesBetween(without(alone, own), await everything(cluster, name)), [], "after destroy");
}
