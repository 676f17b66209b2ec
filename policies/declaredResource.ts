import { Secret } from "@pulumi/policy";
import { isUnknown } from "../lib/pulumi/unknown.ts";

/** A resource as the program declares it, before anything is made. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Its inputs; what is secret is wrapped as `Secret`, what is known only after an update is the engine's mark for that. */
  readonly props: Readonly<Record<string, unknown>>;
  /** Whether the engine refuses to delete it. */
  readonly protect: boolean;
  /** URN of the resource it belongs to. */
  readonly parent: string | undefined;
}

/** A policy's rule: what is wrong with a resource, a line each; none when it keeps the rule. */
export type Rule = (resource: Declared) => string[];

/** The value at the end of the path; undefined where there is nothing, or the way is known only after an update. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  const open = value instanceof Secret ? (value.value as unknown) : value;
  const [key, ...rest] = path;
  if (key === undefined) return open;
  return isRecord(open) ? at(open[key], ...rest) : undefined;
}

/** A text somewhere in a resource's inputs. */
export interface Text {
  /** As in `spec.template.spec.containers[0].image`. */
  readonly path: string;
  /** The name it stands under: the property's, or the `name` beside a `value`, as in a container's environment. */
  readonly key: string;
  readonly text: string;
  /** Whether it, or something it is part of, is marked as secret. */
  readonly secret: boolean;
}

/** Every text in a resource's inputs; the engine's own properties and what is not known yet are left out. */
export function texts(props: Readonly<Record<string, unknown>>): Text[] {
  return within(props, "", "", false);
}

function within(value: unknown, path: string, key: string, secret: boolean): Text[] {
  if (value instanceof Secret) return within(value.value, path, key, true);
  if (typeof value === "string") return isUnknown(value) ? [] : [{ path, key, text: value, secret }];
  if (Array.isArray(value)) {
    return value.flatMap((part, i) => within(part, `${path}[${String(i)}]`, key, secret));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value)
    .filter(([name]) => !name.startsWith("__"))
    .flatMap(([name, part]) => {
      const below = path === "" ? name : `${path}.${name}`;
      const title = value["name"];
      if (name === "value" && typeof title === "string")
        return within(part, `${path}.${title}`, title, secret);
      return within(part, below, name, secret);
    });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects in a list; nothing for anything else. */
export function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
