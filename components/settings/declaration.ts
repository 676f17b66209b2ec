import * as z from "zod";

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

const filled = z.string().refine((value) => value !== "" && value.trim() === value, {
  error: "a text that is not empty and has no blanks around it",
});

const dns1123 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A name of a namespaced Kubernetes object or a namespace (RFC 1123 label). */
export const objectName = z
  .string()
  .regex(dns1123, { error: "a Kubernetes name: lower-case letters, digits and '-', at most 63 characters" });

/** A Go duration as Dapr and Kubernetes write it: 500ms, 30s, 5m, 1h30m. */
export const duration = z
  .string()
  .regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, { error: "a duration such as 30s, 5m or 1h30m" });

export const url = (...protocols: readonly string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)), {
      error: `a URL that begins with ${protocols.map((p) => `${p}://`).join(" or ")}`,
    });

/** host:port, the host a name, an IPv4 address or an IPv6 address in brackets. */
export const hostAndPort = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/, {
  error: "HOST:PORT",
});

/** An IANA time zone by its name, as in Europe/Berlin: an offset has the opposite sign in PostgreSQL. */
export const timeZone = z.string().refine(
  (value) => {
    try {
      return (
        /^[A-Za-z]/.test(value) &&
        new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== ""
      );
    } catch {
      return false;
    }
  },
  { error: "a time zone such as UTC or Europe/Berlin" },
);
