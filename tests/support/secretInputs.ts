/** How a secret travels to the engine. */
const mark = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** Whether an input was handed to the engine as a secret. */
export function isSecretInput(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (value as Record<string, unknown>)[mark] === secretMark
  );
}

/** Inputs with every secret in plain, at any depth. */
export function unwrapped(value: unknown): unknown {
  if (isSecretInput(value)) return unwrapped((value as { value: unknown }).value);
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)]));
}
