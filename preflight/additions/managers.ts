import {
  restricted,
  splitBy,
  union,
  without,
  type FieldSet,
  type ManagedFields,
} from "../../lib/kubernetes/fieldSet.ts";
import { isControllers, isPulumis, isTakenByPulumi } from "../../lib/kubernetes/managers.ts";
import { keptPrefix } from "../../lib/kubernetes/othersFields.ts";

/** Manager whose fields the plugin takes for its own with its next update, and removes as they are not declared. */
const given = "kubectl-given-to-pulumi";

/**
 * The managers' entries with which the plugin's next update leaves what others added. It takes the fields of kubectl's
 * managers for its own, and would remove those that are not declared.
 *
 * @param declared - the object as it is declared
 * @param takenBack - fields of others that the update is to remove
 * @returns undefined where nothing has to be changed
 */
export function keptApart(
  managers: readonly ManagedFields[],
  declared: unknown,
  takenBack: FieldSet | undefined,
): ManagedFields[] | undefined {
  let isChanged = false;
  const entries = managers.flatMap((entry): ManagedFields[] => {
    const { fieldsV1 = {}, manager = "" } = entry;
    if (entry.subresource || isPulumis(entry) || isControllers(entry)) return [entry];
    const parts = splitBy(fieldsV1, declared);
    if (parts.rest === undefined) return [entry];
    const gone = restricted(parts.rest, takenBack);
    const stays = gone === undefined ? parts.rest : without(parts.rest, gone);
    const isTaken = isTakenByPulumi(entry);
    if (gone === undefined && !isTaken) return [entry];
    isChanged = true;
    const kept =
      stays === undefined ? [] : [{ ...entry, ...(isTaken ? keeper(manager) : {}), fieldsV1: stays }];
    const own = parts.declared === undefined ? [] : [{ ...entry, fieldsV1: parts.declared }];
    // The fields of a manager that keeps them stay one entry, declared or not.
    const left = isTaken ? [...own, ...kept] : merged([...own, ...kept]);
    return gone === undefined
      ? left
      : [...left, { ...entry, manager: given, operation: "Update", fieldsV1: gone }];
  });
  return isChanged ? merged(entries) : undefined;
}

function keeper(manager: string): Pick<ManagedFields, "manager" | "operation"> {
  return { manager: `${keptPrefix}${manager}`, operation: "Update" };
}

/** One entry for each manager, as the API server wants it. */
function merged(entries: readonly ManagedFields[]): ManagedFields[] {
  const key = ({ manager, operation, subresource, apiVersion }: ManagedFields) =>
    JSON.stringify([manager, operation, subresource, apiVersion]);
  const all = new Map<string, ManagedFields>();
  for (const entry of entries) {
    const before = all.get(key(entry));
    const fieldsV1 = union(before?.fieldsV1, entry.fieldsV1);
    all.set(key(entry), { ...before, ...entry, fieldsV1 });
  }
  return [...all.values()];
}
