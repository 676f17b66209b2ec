import { isDeepStrictEqual } from "node:util";
import { itemStep, memberPath, selects, type FieldSet } from "../../../lib/kubernetes/fieldSet.ts";

/** A difference between two states of an object, down to the innermost values. */
export interface Difference {
  readonly path: string;
  /** The steps without the items' keys: `["spec", "routes", "", "middlewares"]`. */
  readonly steps: readonly string[];
  /** Undefined where it is not there. */
  readonly from: unknown;
  readonly to: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Members by which the items of a list are matched where the API server knows no keys; first that is unique. */
const names = ["name", "secretKey", "match", "key", "mountPath", "containerPort", "port", "ip"];

/** Fields that the API server, controllers or the moment decide. */
const volatile = new Set([
  "status",
  "metadata.managedFields",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.creationTimestamp",
  "metadata.uid",
  "metadata.selfLink",
]);

/**
 * Compares two states of one object.
 *
 * @param set - everything that is owned by anybody in either; tells which lists have keys
 */
export function differences(before: unknown, after: unknown, set: FieldSet): Difference[] {
  return compare(before, after, set, { path: "", steps: [] });
}

interface Place {
  readonly path: string;
  readonly steps: readonly string[];
}

function compare(from: unknown, to: unknown, set: FieldSet | undefined, place: Place): Difference[] {
  if (isDeepStrictEqual(from, to) || volatile.has(place.path)) return [];
  const one = partsOf(from, to, set);
  const other = partsOf(to, from, set);
  // An empty list or object is no value: that it is there says nothing.
  if (one === undefined && other === undefined)
    return isEmpty(from) && isEmpty(to) ? [] : [{ ...place, from, to }];
  if ((one ?? other)!.kind !== (other ?? one)!.kind) return [{ ...place, from, to }];
  if ((one === undefined && !isEmpty(from)) || (other === undefined && !isEmpty(to)))
    return [{ ...place, from, to }];
  const labels = [...new Set([...(one?.parts.keys() ?? []), ...(other?.parts.keys() ?? [])])];
  const found = labels.flatMap((label) => {
    const [left, right] = [one?.parts.get(label), other?.parts.get(label)];
    const below = (left ?? right)!;
    return compare(left?.value, right?.value, below.set, {
      path: joined(place.path, label, (one ?? other)!.kind),
      steps: [...place.steps, (one ?? other)!.kind === "list" ? "" : label],
    });
  });
  // The order of plain values can matter: a command's arguments.
  const isReordered =
    found.length === 0 && Array.isArray(from) && from.every((item) => typeof item !== "object");
  return isReordered ? [{ ...place, from, to }] : found;
}

interface Part {
  readonly value: unknown;
  readonly set: FieldSet | undefined;
}

interface Parts {
  readonly kind: "list" | "object";
  readonly parts: ReadonlyMap<string, Part>;
}

/** Members of an object or items of a list by label; undefined for values, and for what is not there. */
function partsOf(value: unknown, counterpart: unknown, set: FieldSet | undefined): Parts | undefined {
  if (Array.isArray(value)) {
    const other = Array.isArray(counterpart) ? (counterpart as unknown[]) : [];
    const label = labelling(value, other, set);
    const parts = value.map((item: unknown, index): [string, Part] => [
      label(item, index),
      { value: item, set: set?.[Object.keys(set).find((step) => selects(step, item)) ?? ""] },
    ]);
    return { kind: "list", parts: new Map(parts) };
  }
  if (!isFields(value)) return undefined;
  const parts = Object.entries(value).map(([name, part]): [string, Part] => [
    name,
    { value: part, set: set?.[`f:${name}`] },
  ]);
  return { kind: "object", parts: new Map(parts) };
}

/** Matches the items of a list: by the server's keys, by a name, by value, or by place. */
function labelling(
  items: readonly unknown[],
  others: readonly unknown[],
  set: FieldSet | undefined,
): (item: unknown, index: number) => string {
  const all = [...items, ...others];
  if (all.every((item) => typeof item !== "object")) {
    return isUnique(items) && isUnique(others) ? (item) => String(item) : (_item, index) => String(index);
  }
  const keyed = Object.keys(set ?? {})
    .map(itemStep)
    .find((step) => step !== undefined);
  if (keyed !== undefined && "keys" in keyed) {
    const keys = Object.keys(keyed.keys);
    return (item) =>
      keys
        .map((key) => (item as Fields)[key])
        .filter((part) => part !== undefined)
        .map(String)
        .join("/");
  }
  const name = names.find((candidate) =>
    [items, others].every((list) => isUnique(list.map((item) => (item as Fields | null)?.[candidate]))),
  );
  return name === undefined ? (_item, index) => String(index) : (item) => String((item as Fields)[name]);
}

function isUnique(values: readonly unknown[]): boolean {
  return (
    values.every((value) => ["string", "number", "boolean"].includes(typeof value)) &&
    new Set(values).size === values.length
  );
}

function joined(path: string, label: string, kind: Parts["kind"]): string {
  return kind === "list" ? `${path}[${label}]` : memberPath(path, label);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
