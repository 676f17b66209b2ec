import { secretSignature, signature } from "../../../lib/pulumi/sentinels.ts";

/** Whether an input was handed to the engine as a secret. */
export function isSecretInput(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<string, unknown>)[signature] === secretSignature
  );
}

/** Inputs with every secret in plain, at any depth. */
export function unwrapped(value: unknown): unknown {
  if (isSecretInput(value)) return unwrapped((value as { value: unknown }).value);
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)]));
}
