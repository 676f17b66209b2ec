/**
 * Whose fields of an object are, as `metadata.managedFields[].fieldsV1` tells it: a tree of steps. `f:NAME` is a member,
 * `k:{"name":"x"}` the item of a list with these keys, `v:VALUE` the item of a list of values, `.` the thing itself.
 * A step with nothing below it is owned whole.
 */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

/** One entry of `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
  readonly [field: string]: unknown;
}

/** Everything that any of the sets owns. */
export function union(...sets: readonly (FieldSet | undefined)[]): FieldSet {
  const merged: Record<string, FieldSet> = {};
  for (const set of sets) {
    for (const [step, below] of Object.entries(set ?? {})) {
      merged[step] = union(merged[step], below);
    }
  }
  return merged;
}

/** The fields as they are stored: `stringData` of a Secret can only be written, and what it held is in `data`. */
export function asStored(set: FieldSet): FieldSet {
  const { "f:stringData": written, ...stored } = set;
  return written === undefined ? set : union(stored, { "f:data": written });
}

/** Whether the set owns a thing as a whole: it does not name its parts. */
export function isWhole(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** The managers' entries of an object. */
export function managersOf(object: { readonly metadata?: unknown }): readonly ManagedFields[] {
  const { managedFields } = (object.metadata ?? {}) as { readonly managedFields?: unknown };
  return Array.isArray(managedFields) ? (managedFields as ManagedFields[]) : [];
}

/** The items of a list that a step selects; undefined for a member of an object. */
export type ItemStep =
  { readonly keys: Readonly<Record<string, unknown>> } | { readonly value: unknown } | undefined;

export function itemStep(step: string): ItemStep {
  if (step.startsWith("k:")) return { keys: JSON.parse(step.slice(2)) as Readonly<Record<string, unknown>> };
  if (step.startsWith("v:")) return { value: JSON.parse(step.slice(2)) as unknown };
  return undefined;
}

/** Whether an item of a list is the one that the step selects; a key that the item leaves out has its default. */
export function selects(step: string, item: unknown): boolean {
  const found = itemStep(step);
  if (found === undefined) return false;
  if ("value" in found) return item === found.value;
  const fields = (typeof item === "object" && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  return Object.entries(found.keys).every(
    ([key, value]) => fields[key] === undefined || fields[key] === value,
  );
}

/** The member's name that a step leads to; undefined for items of lists and for the thing itself. */
export function memberOf(step: string): string | undefined {
  return step.startsWith("f:") ? step.slice(2) : undefined;
}

/** The steps of one set that another does not own; whoever owns a thing whole owns all its parts. */
export function without(set: FieldSet, other: FieldSet | undefined): FieldSet | undefined {
  if (other === undefined) return set;
  if (isWhole(other) || isWhole(set)) return undefined;
  const left = Object.entries(set).flatMap(([step, below]): [string, FieldSet][] => {
    const rest = step === "." ? undefined : without(below, other[step]);
    return rest === undefined ? [] : [[step, rest]];
  });
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** The part of a set below the paths that are chosen; undefined for none. */
export function chosen(set: FieldSet, choose: (path: string) => boolean, path = ""): FieldSet | undefined {
  const parts = Object.entries(set).flatMap(([step, below]): [string, FieldSet][] => {
    if (step === ".") return [];
    const at = pathOf(path, step);
    const part = choose(at) ? below : chosen(below, choose, at);
    return part === undefined ? [] : [[step, part]];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** Paths of the innermost steps, as in `spec.ports[80/TCP].name`. */
export function pathsOf(set: FieldSet | undefined): string[] {
  return leavesOf(set).map(({ path }) => path);
}

/** An innermost step of a set: what is below it is owned whole. */
export interface Leaf {
  readonly path: string;
  /** From the object's top, for {@link valueAt}. */
  readonly steps: readonly string[];
}

export function leavesOf(set: FieldSet | undefined, path = "", above: readonly string[] = []): Leaf[] {
  const steps = Object.entries(set ?? {}).filter(([step]) => step !== ".");
  if (steps.length === 0) return path === "" ? [] : [{ path, steps: above }];
  return steps.flatMap(([step, below]) => leavesOf(below, pathOf(path, step), [...above, step]));
}

/** The value that steps lead to; undefined where there is none. */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((at, step) => {
    if (Array.isArray(at)) return at.find((item: unknown) => selects(step, item)) as unknown;
    const name = memberOf(step);
    if (name === undefined || typeof at !== "object" || at === null) return undefined;
    return (at as Readonly<Record<string, unknown>>)[name];
  }, value);
}

/**
 * A set in two: the steps at which a declaration has a value, and the others.
 *
 * @param declared - the declaration, or its part; `true` for a value of which nothing more is known
 */
export function splitBy(
  set: FieldSet,
  declared: unknown,
): { readonly declared: FieldSet | undefined; readonly rest: FieldSet | undefined } {
  if (declared === undefined || declared === null) return { declared: undefined, rest: set };
  if (isWhole(set) || declared === true) return { declared: set, rest: undefined };
  const own: Record<string, FieldSet> = {};
  const rest: Record<string, FieldSet> = {};
  for (const [step, below] of Object.entries(set)) {
    const parts =
      step === "." ? { declared: below, rest: undefined } : splitBy(below, valueAt(declared, [step]));
    if (parts.declared !== undefined) own[step] = parts.declared;
    if (parts.rest !== undefined) rest[step] = parts.rest;
  }
  const some = (part: Record<string, FieldSet>) => (Object.keys(part).length === 0 ? undefined : part);
  return { declared: some(own), rest: some(rest) };
}

/** The part of a set that another set covers; undefined for none. */
export function restricted(set: FieldSet, to: FieldSet | undefined): FieldSet | undefined {
  if (to === undefined) return undefined;
  if (isWhole(to) || isWhole(set)) return set;
  const parts = Object.entries(set).flatMap(([step, below]): [string, FieldSet][] => {
    const part = restricted(below, to[step]);
    return part === undefined ? [] : [[step, part]];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

function pathOf(path: string, step: string): string {
  const name = memberOf(step);
  if (name !== undefined) return memberPath(path, name);
  const item = itemStep(step);
  if (item === undefined) return path;
  return `${path}[${"keys" in item ? Object.values(item.keys).map(String).join("/") : String(item.value)}]`;
}

/** `spec.replicas`, `data["a.conf"]` */
export function memberPath(path: string, name: string): string {
  if (!/^[\w$-]+$/.test(name)) return `${path}["${name}"]`;
  return path === "" ? name : `${path}.${name}`;
}
