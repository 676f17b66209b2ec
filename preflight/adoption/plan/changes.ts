import type { FieldSet } from "../../../lib/kubernetes/fieldSet.ts";
import { differences, type Difference } from "./compare.ts";
import type { AnyObject } from "../objectDeclaration.ts";
import { adoptionRisks, type FieldChange, type PlannedObject } from "../document.ts";
import { kindOf, rank, shown } from "./rank.ts";

/**
 * Every field in which an object will differ.
 *
 * @param states - the object now and afterwards, and the paths whose values only the update knows
 * @param everything - all fields that anybody owns in either; tells which lists have keys
 */
export function changesBetween(
  { live, result, later }: { live: AnyObject; result: AnyObject; later: readonly string[] },
  everything: FieldSet,
): FieldChange[] {
  const { kind } = live;
  const found = differences(live, result, everything);
  return [...found.map((difference) => changeOf(kind, difference)), ...laterChanges(kind, later, found)];
}

/** The outcome for the object as a whole, from its changes. */
export function outcomeOf(changes: readonly FieldChange[]): Pick<PlannedObject, "outcome" | "risk"> {
  const risk = adoptionRisks.find((each) => changes.some((change) => change.risk === each));
  return {
    outcome: changes.length === 0 ? "unchanged" : "changed",
    ...(risk === undefined ? {} : { risk }),
  };
}

function changeOf(kind: string, difference: Difference): FieldChange {
  const { path, from, to } = difference;
  const change = { path, kind: kindOf(difference) };
  const [before, after] = [shown(kind, path, from), shown(kind, path, to)];
  return {
    ...change,
    ...(before === undefined ? {} : { from: before }),
    ...(after === undefined ? {} : { to: after }),
    risk: rank(kind, change).risk,
  };
}

function laterChanges(kind: string, later: readonly string[], found: readonly Difference[]): FieldChange[] {
  return later
    .filter((path) => !found.some((difference) => difference.path.startsWith(path)))
    .map((path) => ({
      path,
      kind: "changed",
      risk: rank(kind, { path, kind: "changed" }).risk,
      later: true,
    }));
}
