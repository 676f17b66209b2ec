/** An object, as far as a value from outside is one. */
export type Values = Readonly<Record<string, unknown>>;

export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text under the first of the keys that has one which is not empty. */
export function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  if (!isValues(value)) return undefined;
  return keys
    .map((key) => value[key])
    .find((each): each is string => typeof each === "string" && each.trim() !== "");
}

/** The answer, short enough for a line. */
export function brief(value: unknown, length = 200): string {
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")).replaceAll(
    /\s+/g,
    " ",
  );
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** The first cause of an error: "fetch failed" alone says nothing. */
export function rootMessage(error: unknown): string {
  let message = String(error);
  for (let each = error; each instanceof Error; each = each.cause) message = each.message || message;
  return message;
}
