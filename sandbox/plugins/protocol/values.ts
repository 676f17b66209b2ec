/**
 * Property values as Pulumi's engine sends them: JSON, with marks for secrets and for what a preview cannot
 * know yet.
 */

import { secretSignature, signature, unknownValue } from "../../../lib/pulumi/sentinels.ts";

export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

export { unknownValue as UNKNOWN };

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at `value`, or an empty one: for reading deeper without a question at each step. */
export function objectAt(value: Value | undefined): Properties {
  return isObject(value) ? value : {};
}

export function secret(value: Value): Properties {
  return { [signature]: secretSignature, value };
}

function isSecret(value: Value | undefined): value is Properties {
  return isObject(value) && value[signature] === secretSignature;
}

/** The value without any marks of secrecy. */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(value["value"] ?? null);
  if (Array.isArray(value)) return value.map(reveal);
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
  return value;
}

/** Marks as secret in `value` what is secret at the same place in `model`. */
export function hideLike(value: Value, model: Value | undefined): Value {
  if (isSecret(model)) return isSecret(value) ? value : secret(value);
  if (isSecret(value)) return value;
  if (Array.isArray(value)) {
    if (!Array.isArray(model)) return value;
    // Positions say little once a list has another length: then one secret item hides the list.
    if (model.length !== value.length && model.some(containsSecret)) return secret(reveal(value));
    return value.map((item, index) => hideLike(item, model[index]));
  }
  if (isObject(value) && isObject(model)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, hideLike(inner, model[key])]),
    );
  }
  return value;
}

export function containsSecret(value: Value): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(containsSecret);
  return isObject(value) && Object.values(value).some(containsSecret);
}

export function containsUnknown(value: Value | undefined): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}

export function equal(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => equal(item, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && equal(one[key], other[key]))
  );
}

/** A value as text for messages and keys: strings as they are, nothing as the empty text, the rest as JSON. */
export function textOf(value: Value | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
