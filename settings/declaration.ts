import * as z from "zod";
import { filled } from "./formats.ts";

/** The types a setting can have in Pulumi.yaml. */
export type SettingType = "string" | "integer" | "boolean" | "array" | "object";

/** One setting: its type and text for Pulumi.yaml, and the schema its value must satisfy. */
export interface Declaration<T = unknown> {
  readonly type: SettingType;
  /** Type of a list's members. */
  readonly items?: "string" | "object";
  /** One sentence for the operator: meaning, unit, where the value comes from. */
  readonly description: string;
  /** Value when nothing is set. Never a secret: a secret's default is empty, which stands for "not given". */
  readonly default: unknown;
  /** Must be stored encrypted (`pulumi config set --secret`); its value appears in no message. */
  readonly secret: boolean;
  /** A value that would be accepted, shown in the command that mends a wrong one. */
  readonly example: string;
  readonly schema: z.ZodType<T>;
}

interface Options<T> {
  readonly schema?: z.ZodType<T>;
  readonly example?: string;
}

export function text<T = string>(
  description: string,
  fallback: string,
  options: Options<T> = {},
): Declaration<T> {
  return {
    type: "string",
    description,
    default: fallback,
    secret: false,
    example: options.example ?? (fallback === "" ? "VALUE" : fallback),
    schema: options.schema ?? (z.string() as unknown as z.ZodType<T>),
  };
}

/** A text one must be able to rely on: not empty, no blanks around it. */
export function name(
  description: string,
  fallback: string,
  options: Options<string> = {},
): Declaration<string> {
  return text(description, fallback, { schema: filled, ...options });
}

export function choice<const V extends readonly [string, ...string[]]>(
  description: string,
  values: V,
  fallback: V[number],
): Declaration<V[number]> {
  return text<V[number]>(description, fallback, {
    schema: z.enum(values) as unknown as z.ZodType<V[number]>,
  });
}

/** A secret text. Empty stands for "not given", so that what does not need it runs without. */
export function secretText(description: string): Declaration<string> {
  return { type: "string", description, default: "", secret: true, example: "VALUE", schema: z.string() };
}

export function integer(
  description: string,
  fallback: number,
  range: { readonly min: number; readonly max: number },
): Declaration<number> {
  return {
    type: "integer",
    description,
    default: fallback,
    secret: false,
    example: String(fallback),
    schema: z.int().min(range.min).max(range.max),
  };
}

export function flag(description: string, fallback: boolean): Declaration<boolean> {
  return {
    type: "boolean",
    description,
    default: fallback,
    secret: false,
    example: String(fallback),
    schema: z.boolean(),
  };
}

export function list(description: string, fallback: readonly string[]): Declaration<string[]> {
  return {
    type: "array",
    items: "string",
    description,
    default: fallback,
    secret: false,
    example: fallback[0] ?? "VALUE",
    schema: z.array(filled),
  };
}

/** A list of structures, each completed by the schema. */
export function structures<T>(
  description: string,
  schema: z.ZodType<T>,
  fallback: readonly Readonly<Record<string, unknown>>[],
): Declaration<T> {
  return {
    type: "array",
    items: "object",
    description,
    default: fallback,
    secret: false,
    example: "VALUE",
    schema,
  };
}

/** A structure. Its schema supplies what is left out, so that one value in it can be set alone. */
export function structure<T>(description: string, schema: z.ZodType<T>, secret = false): Declaration<T> {
  return { type: "object", description, default: {}, secret, example: "VALUE", schema };
}
