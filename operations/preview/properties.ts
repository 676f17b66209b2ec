import { isDeepStrictEqual } from "node:util";
import type { PropertyChange } from "./digest.ts";
import { signature } from "../../lib/pulumi/sentinels.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { withoutPasswords } from "../../lib/text/withoutPasswords.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The engine's account of what differs, when it gives one: kinds by path. */
export type DetailedDiff = Readonly<Record<string, { readonly diffKind: string }>>;

/** Longest value that is shown. */
const longest = 160;

/** Properties that differ, in the order of their paths. */
export function propertyChanges(
  before: Fields,
  after: Fields,
  detailed: DetailedDiff | undefined,
  keys: readonly string[],
): PropertyChange[] {
  const found =
    detailed && Object.keys(detailed).length > 0 ? Object.keys(detailed) : differing(before, after);
  // The provider names these besides, but their values cannot be seen: secrets, or values known only later.
  const unseen = keys.filter(
    (key) => !found.some((path) => path === key || /^[.[]/.test(path.slice(key.length))),
  );
  const paths = [...found, ...unseen];
  return [...new Set(paths)]
    .filter((path) => !/(^|\.)__/.test(path))
    .sort()
    .map((path) => {
      const [from, to] = [shown(at(before, path)), shown(at(after, path))];
      return {
        path: printable(path),
        kind: kindOf(detailed?.[path]?.diffKind, at(before, path), at(after, path)),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(isUnknown(at(after, path)) ? { later: true as const } : {}),
      };
    });
}

/** Paths of the innermost properties that differ; entries of a list are matched by their names, if they have any. */
function differing(before: Fields, after: Fields, above = ""): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const [from, to] = [before[key], after[key]];
    if (isDeepStrictEqual(from, to)) return [];
    const path = /^[\w-]+$/.test(key)
      ? above === ""
        ? key
        : `${above}.${key}`
      : `${above}[${JSON.stringify(key)}]`;
    const [inner, outer] = [fieldsOf(from), fieldsOf(to)];
    const within = inner && outer ? differing(inner, outer, path) : [];
    // If the entries of a list are the same, their order differs.
    return within.length > 0 ? within : [path];
  });
}

/** The members of an object, or of a list of things with names; undefined for all else, and for what is secret. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return signature in value ? undefined : (value as Fields);
  const entries = value.map((part: unknown) => [(part as { name?: unknown } | null)?.name, part] as const);
  return entries.every(([name]) => typeof name === "string")
    ? (Object.fromEntries(entries) as Fields)
    : undefined;
}

function kindOf(word: string | undefined, from: unknown, to: unknown): PropertyChange["kind"] {
  if (word?.startsWith("add")) return "add";
  if (word?.startsWith("delete")) return "delete";
  if (word !== undefined) return "update";
  return from === undefined ? "add" : to === undefined ? "delete" : "update";
}

/** The value at a path like `spec.env[0].value` or `data["a.conf"]`. */
function at(fields: Fields, path: string): unknown {
  const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
  return steps.reduce<unknown>((value, [, quoted, index, plain]) => {
    if (typeof value !== "object" || value === null) return undefined;
    const key = quoted ?? index ?? plain ?? "";
    return (value as Fields)[key] ?? fieldsOf(value)?.[key];
  }, fields);
}

function shown(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value.length > longest || value.includes("\n")) return undefined;
  // A bare SHA-256 stands for something else: only that it differs says anything.
  if (/^[0-9a-f]{64}$/.test(value)) return undefined;
  return isUnknown(value) ? undefined : withoutPasswords(printable(value));
}

/** Without control characters, by which a name could write anywhere on a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "\ufffd");
}
