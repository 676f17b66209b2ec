import { isDeepStrictEqual } from "node:util";
import type { PropertyChange } from "./model.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The engine's account of what differs, when it gives one: kinds by path. */
export type DetailedDiff = Readonly<Record<string, { readonly diffKind: string }>>;

/** Longest value that is shown. */
const longest = 80;

/** Properties that differ, in the order of their paths. */
export function propertyChanges(
  before: Fields,
  after: Fields,
  detailed: DetailedDiff | undefined,
  keys: readonly string[],
): PropertyChange[] {
  const named = detailed && Object.keys(detailed).length > 0 ? Object.keys(detailed) : [...keys];
  const paths = named.length > 0 ? named : differing(before, after);
  return [...new Set(paths)]
    .filter((path) => !path.startsWith("__"))
    .sort()
    .map((path) => {
      const [from, to] = [shown(at(before, path)), shown(at(after, path))];
      return {
        path,
        kind: kindOf(detailed?.[path]?.diffKind, at(before, path), at(after, path)),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
    });
}

function differing(before: Fields, after: Fields): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

function kindOf(word: string | undefined, from: unknown, to: unknown): PropertyChange["kind"] {
  if (word?.startsWith("add")) return "add";
  if (word?.startsWith("delete")) return "delete";
  if (word !== undefined) return "update";
  return from === undefined ? "add" : to === undefined ? "delete" : "update";
}

/** What lies at a path like `spec.env[0].value` or `data["a.conf"]`. */
function at(fields: Fields, path: string): unknown {
  const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
  return steps.reduce<unknown>((value, [, quoted, index, plain]) => {
    if (typeof value !== "object" || value === null) return undefined;
    return (value as Fields)[quoted ?? index ?? plain ?? ""];
  }, fields);
}

/** What the engine sends for a value that is known only after the update. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function shown(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value.length > longest || value.includes("\n")) return undefined;
  return value.includes(unknown) ? undefined : value;
}
