import { unknownValue } from "./sentinels.ts";

/** Whether a value, or anything in it, is known only after an update. */
export function isUnknown(value: unknown): boolean {
  if (typeof value === "string") return value.includes(unknownValue);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}
