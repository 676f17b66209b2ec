/** Answers in which something is null that the schema allows to be null. */
import { isListType, isNonNullType, isNullableType, type GraphQLResolveInfo } from "graphql";
import type { Scope } from "./scope.ts";

type Path = readonly (string | number)[];

/** By request, every place of its answer that may be null, in the order in which it was resolved. */
const places = new WeakMap<Scope, Path[]>();

/** Notes where an answer may be null; for requests alone that a fault concerns. */
export function noteNullable(scope: Scope, info: GraphQLResolveInfo, value: unknown): void {
  if (scope.fault?.kind !== "null") return;
  const noted = places.get(scope) ?? [];
  places.set(scope, noted);
  const path: (string | number)[] = [];
  for (let at: GraphQLResolveInfo["path"] | undefined = info.path; at; at = at.prev) path.unshift(at.key);
  if (isNullableType(info.returnType)) noted.push(path);
  const list = isNonNullType(info.returnType) ? info.returnType.ofType : info.returnType;
  if (isListType(list) && isNullableType(list.ofType) && Array.isArray(value)) {
    noted.push(...value.map((_, index) => [...path, index]));
  }
}

/** Makes one of the noted places null. */
export function makeNull(scope: Scope, data: Record<string, unknown>, at: number): void {
  const noted = places.get(scope) ?? [];
  const path = noted[at % Math.max(1, noted.length)];
  if (path === undefined) return;
  let parent: unknown = data;
  for (const key of path.slice(0, -1)) {
    if (typeof parent !== "object" || parent === null) return;
    parent = (parent as Record<string | number, unknown>)[key];
  }
  const last = path.at(-1);
  if (typeof parent === "object" && parent !== null && last !== undefined) {
    (parent as Record<string | number, unknown>)[last] = null;
  }
}
