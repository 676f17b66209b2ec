import {
  asStored,
  leavesOf,
  managersOf,
  union,
  without,
  type FieldSet,
  type ManagedFields,
} from "./fieldSet.ts";
import { isControllers, isPulumis, ownManager } from "./managers.ts";

/** Fields of an object that one manager owns, besides Pulumi's plugin and the controllers. */
export interface OthersFields {
  /** As it calls itself: `kubectl-edit`. */
  readonly manager: string;
  /** Time of its last write, ISO 8601. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Put before the name of a manager of kubectl's, so that the plugin does not take its fields for its own. */
export const keptPrefix = "kept:";

/** Annotations by which kubectl and ArgoCD keep account of what they write. */
const account =
  /^f:(kubectl\.kubernetes\.io\/last-applied-configuration|argocd\.argoproj\.io\/(tracking-id|refresh))$/;

/**
 * Whose fields of an object are that Pulumi's plugin does not own. Without what the API server and controllers write:
 * status, operations under way, and metadata other than labels and annotations.
 *
 * @param object - as it is in the cluster
 */
export function othersFields(object: { readonly metadata?: unknown }): OthersFields[] {
  const managers = managersOf(object);
  const applied = union(...managers.filter(isPulumis).map(({ fieldsV1 }) => fieldsV1));
  // An empty set would own everything.
  const pulumis = Object.keys(applied).length === 0 ? undefined : applied;
  return managers.filter(isOthers).flatMap((entry) => {
    const fields = without(written(asStored(entry.fieldsV1 ?? {})), pulumis);
    if (fields === undefined || leavesOf(fields).length === 0) return [];
    const { manager = "", time } = entry as ManagedFields & { readonly time?: string };
    return [{ manager: manager.replace(keptPrefix, ""), time, fields }];
  });
}

function isOthers(entry: ManagedFields): boolean {
  return !entry.subresource && !isPulumis(entry) && !isControllers(entry) && entry.manager !== ownManager;
}

function written(set: FieldSet): FieldSet {
  return Object.fromEntries(
    Object.entries(set).flatMap(([step, below]): [string, FieldSet][] => {
      if (["f:status", "f:operation", "f:apiVersion", "f:kind", "."].includes(step)) return [];
      if (step !== "f:metadata") return [[step, below]];
      const marks = namesAndMarks(below);
      return Object.keys(marks).length === 0 ? [] : [[step, marks]];
    }),
  );
}

function namesAndMarks(set: FieldSet): FieldSet {
  return Object.fromEntries(
    ["f:labels", "f:annotations"].flatMap((step): [string, FieldSet][] => {
      const entries = Object.entries(set[step] ?? {}).filter(([key]) => key !== "." && !account.test(key));
      return entries.length === 0 ? [] : [[step, Object.fromEntries(entries)]];
    }),
  );
}
