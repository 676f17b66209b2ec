import { equal, isObject, UNKNOWN, type Value } from "./values.ts";

export interface Difference {
  /** Pulumi's property path, such as `spec.ports[0].port` or `data["a.b"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
}

function step(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The leaves in which two values differ, by their paths. */
export function differences(before: Value | undefined, after: Value | undefined, path = ""): Difference[] {
  if (equal(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], step(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) =>
      differences(before[index], after[index], `${path}[${index}]`),
    ).flat();
  }
  if (after === undefined) return [{ path, kind: "delete" }];
  return [{ path, kind: before === undefined && after !== UNKNOWN ? "add" : "update" }];
}
