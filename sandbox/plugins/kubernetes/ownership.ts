import type { ManagedFields } from "../../../lib/kubernetes/fieldSet.ts";
import { isTakenByPulumi } from "../../../lib/kubernetes/managers.ts";
import { isObject, objectAt, type Properties } from "../protocol/values.ts";

/**
 * The managedFields with which what was written by plain create or edit belongs to `manager`'s apply, as the
 * official plugin does before it applies: else a hand-made edit would be a conflict, and a field that was
 * created and later dropped from the inputs would stay.
 *
 * @returns undefined when nothing is to be taken over
 */
export function takeOver(live: Properties, manager: string): Properties[] | undefined {
  const fields = objectAt(live["metadata"])["managedFields"];
  const entries = Array.isArray(fields) ? fields.filter(isObject) : [];
  // Our own create, and a person's hand at kubectl.
  const taken = entries.filter((entry) => isTakenByPulumi(entry as ManagedFields));
  if (taken.length === 0) return undefined;
  const own = entries.find((entry) => entry["operation"] === "Apply" && entry["manager"] === manager);
  const merged = [...(own ? [own] : []), ...taken].reduce((all, entry) => {
    return { ...entry, manager, operation: "Apply", fieldsV1: union(all["fieldsV1"], entry["fieldsV1"]) };
  }, {} as Properties);
  return [merged, ...entries.filter((entry) => entry !== own && !taken.includes(entry))];
}

/** Field sets are trees of empty objects: their union is the deep merge. */
function union(one: Properties[string] | undefined, other: Properties[string] | undefined): Properties {
  const merged: Properties = { ...objectAt(one) };
  for (const [key, value] of Object.entries(objectAt(other))) merged[key] = union(merged[key], value);
  return merged;
}
