import { isDeepStrictEqual } from "node:util";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One value of a document and the keys that lead to it. Lists are values; an object without keys names none. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
}

/** One change of a document: the value set at a path whose parents are objects, or the path taken out. */
export type Change = Leaf | { readonly path: readonly string[]; readonly value: undefined };

/** The values of a document, down through its objects. */
export function leaves(document: JsonObject, path: readonly string[] = []): Leaf[] {
  return Object.entries(document).flatMap(([key, value]) =>
    isObject(value) ? leaves(value, [...path, key]) : [{ path: [...path, key], value }],
  );
}

/** The value at a path, undefined where there is none. */
export function at(document: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    document,
  );
}

/** The document with one change made; other keys stay. */
export function changed(document: Json | undefined, { path, value }: Change): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = isObject(document) ? document : {};
  const others = Object.entries(before).filter(([other]) => other !== key);
  const inner = changed(Object.hasOwn(before, key) ? before[key] : undefined, {
    path: rest,
    value,
  });
  // fromEntries, since an assignment to a key such as __proto__ would not make a key.
  return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
}

/** The part of a document that has the given paths. */
export function picked(document: Json | undefined, paths: readonly (readonly string[])[]): JsonObject {
  return paths.reduce<JsonObject>((part, path) => {
    const value = at(document, path);
    return value === undefined ? part : (changed(part, { path, value }) as JsonObject);
  }, {});
}

/**
 * The changes after which a document holds everything of `wanted`, and nothing more of `owned`. Keys that are in
 * neither belong to other writers and stay; an object emptied by a removal goes with its last key.
 */
export function changes(document: JsonObject, owned: JsonObject, wanted: JsonObject): Change[] {
  const made: Change[] = [];
  let current: JsonObject = document;
  const make = (change: Change) => {
    made.push(change);
    current = changed(current, change) as JsonObject;
  };
  for (const { path } of leaves(owned)) {
    if (at(wanted, path) !== undefined || at(current, path) === undefined) continue;
    let end = path.length;
    while (end > 1 && Object.keys(at(current, path.slice(0, end - 1)) as JsonObject).length === 1) end--;
    make({ path: path.slice(0, end), value: undefined });
  }
  for (const { path, value } of leaves(wanted)) {
    if (isDeepStrictEqual(at(current, path), value)) continue;
    // If a parent is no object yet, the whole of the wanted value below it is set in its place.
    let end = 1;
    while (end < path.length && isObject(at(current, path.slice(0, end)))) end++;
    make({ path: path.slice(0, end), value: changed(undefined, { path: path.slice(end), value }) as Json });
  }
  return made;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
