/** What stands in a provider's inputs, during a preview, for a value that is known only after an update. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or anything in it, is known only after an update. */
export function isUnknown(value: unknown): boolean {
  if (typeof value === "string") return value.includes(unknownValue);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(isUnknown);
}
