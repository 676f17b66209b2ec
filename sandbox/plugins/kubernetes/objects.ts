import { isObject, objectAt, textOf, type Properties, type Value } from "../protocol/values.ts";
import type { Kind } from "./kinds.ts";

/** An object's place: what its id says, `NAMESPACE/NAME`, or `NAME` outside namespaces. */
export interface Place {
  readonly namespace: string | undefined;
  readonly name: string;
}

export function placeOf(id: string): Place {
  const [first, second] = id.split("/");
  return second === undefined
    ? { namespace: undefined, name: first ?? "" }
    : { namespace: first, name: second };
}

export function idOf(object: Properties): string {
  const { name, namespace } = objectAt(object["metadata"]);
  return [namespace, name]
    .map(textOf)
    .filter((part) => part !== "")
    .join("/");
}

/** The path of a kind's collection, or of one object of it. */
export function pathOf(kind: Kind, place: Partial<Place>, query: Record<string, string> = {}): string {
  const root = kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const namespace = kind.namespaced ? `/namespaces/${encodeURIComponent(place.namespace ?? "default")}` : "";
  const name = place.name === undefined ? "" : `/${encodeURIComponent(place.name)}`;
  const search = new URLSearchParams(query).toString();
  return `${root}${namespace}/${kind.plural}${name}${search === "" ? "" : `?${search}`}`;
}

export function annotation(object: Properties, name: string): string | undefined {
  const value = objectAt(objectAt(object["metadata"])["annotations"])[name];
  return typeof value === "string" ? value : undefined;
}

/** The object's name in messages: `Component mesh-six/agent-pubsub`. */
export function describe(object: Properties): string {
  return `${textOf(object["kind"])} ${idOf(object)}`;
}

/**
 * The part of a live object that the inputs speak about: what they leave to the API server or to others is no
 * drift of theirs.
 */
export function pruneTo(inputs: Value | undefined, live: Value | undefined): Value | undefined {
  if (isObject(inputs) && isObject(live)) {
    const kept = Object.entries(live).flatMap(([key, value]): [string, Value][] => {
      if (!(key in inputs)) return [];
      const pruned = pruneTo(inputs[key], value);
      return pruned === undefined ? [] : [[key, pruned]];
    });
    return Object.fromEntries(kept);
  }
  if (Array.isArray(inputs) && Array.isArray(live)) {
    // Items of another type are shown as they are. Like the official plugin, it is blind to items beyond the inputs'.
    if (live.length > 0 && inputs.length > 0 && isObject(live[0]) !== isObject(inputs[0])) return live;
    return live.slice(0, inputs.length).map((item, index) => pruneTo(inputs[index], item) ?? null);
  }
  return live;
}
