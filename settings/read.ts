import * as z from "zod";
import type { Declaration } from "./declaration.ts";
import { declarations } from "./allSettings.ts";
import type { Problem } from "../lib/text/problem.ts";
import { problem, propertyPath, setCommand, SettingsError, shown } from "./problems.ts";
import { nearest } from "../lib/text/spelling.ts";

type Declared = typeof declarations;

/** All settings by key, with the defaults filled in. */
export type Values = { readonly [K in keyof Declared]: Declared[K] extends Declaration<infer T> ? T : never };

/**
 * The engine's configuration: each key of the stack in full, its value as text, and which values were stored
 * encrypted.
 */
export interface RawConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly isSecret: (key: string) => boolean;
}

/** Every setting, and the keys of those whose values could not be read, which have their defaults. */
interface Reading {
  readonly values: Values;
  readonly malformed: ReadonlySet<string>;
}

/** Reads and checks every declared setting; what is wrong is appended to `problems`. */
export function readValues(raw: RawConfig, problems: Problem[]): Reading {
  const known = Object.keys(declarations);
  for (const full of Object.keys(raw.values)) {
    if (!full.startsWith("mesh-six:")) continue;
    const key = full.slice("mesh-six:".length);
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    const remedy = `pulumi config rm ${full}`;
    problems.push(
      problem(
        key,
        meant ? `${meant}` : "a setting that exists",
        "an unknown name",
        meant ? `did you mean mesh-six:${meant}? ${remedy}` : remedy,
      ),
    );
  }
  const malformed = new Set<string>();
  const values = known.map((key) => {
    const declaration: Declaration = declarations[key as keyof Declared];
    const read = readOne(key, declaration, raw, problems);
    if (!read.success) malformed.add(key);
    return [key, read.success ? read.data : declaration.schema.parse(declaration.default)];
  });
  return { values: Object.fromEntries(values) as Values, malformed };
}

/**
 * One setting that is no secret, as it stands in a settings file; its default where it does not.
 *
 * @throws SettingsError
 */
export function readSetting<K extends keyof Declared>(key: K, value: unknown): Values[K] {
  const declaration: Declaration = declarations[key];
  const given = value ?? declaration.default;
  const isPlain = typeof given === "string" || typeof given === "number" || typeof given === "boolean";
  // Numbers and truth values are text to the engine too.
  const typed = isPlain ? typedValue(String(given), declaration) : given;
  const read = declaration.schema.safeParse(typed);
  if (read.success) return read.data as Values[K];
  const isEncrypted = typeof given === "object" && given !== null && "secure" in given;
  throw new SettingsError(
    read.error.issues.flatMap((issue) => describe(issue, key, declaration, typed, isEncrypted)),
  );
}

function readOne(
  key: string,
  declaration: Declaration,
  raw: RawConfig,
  problems: Problem[],
): z.ZodSafeParseResult<unknown> {
  const full = `mesh-six:${key}`;
  const given = raw.values[full];
  if (given === undefined) return declaration.schema.safeParse(declaration.default);
  if (declaration.secret && given !== "" && given !== "{}" && !raw.isSecret(full)) {
    problems.push(
      problem(
        key,
        "a value stored encrypted",
        "one in clear",
        `${setCommand(secretPath(key, declaration), "", true)} (and change the secret: it was readable)`,
      ),
    );
  }
  const typed = typedValue(given, declaration);
  const result = declaration.schema.safeParse(typed);
  if (!result.success) {
    // A value that someone chose to encrypt is never shown.
    const hidden = declaration.secret || raw.isSecret(full);
    problems.push(
      ...result.error.issues.flatMap((issue) => describe(issue, key, declaration, typed, hidden)),
    );
  }
  return result;
}

function secretPath(key: string, declaration: Declaration): readonly string[] {
  return declaration.type === "object" ? [key, "NAME", "KEY"] : [key];
}

/** Text as the engine hands it over, in its declared type; text that is not of that type stays text. */
function typedValue(given: string, declaration: Declaration): unknown {
  switch (declaration.type) {
    case "string":
      return given;
    case "boolean":
      return given === "true" ? true : given === "false" ? false : given;
    case "integer":
      return /^-?\d+$/.test(given) ? Number(given) : given;
    case "array":
    case "object":
      try {
        return JSON.parse(given) as unknown;
      } catch {
        return given;
      }
  }
}

function describe(
  issue: z.core.$ZodIssue,
  key: string,
  declaration: Declaration,
  value: unknown,
  hidden: boolean,
): Problem[] {
  const path = [key, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const candidates = keysAt(declaration.schema, issue.path);
    return issue.keys.map((unknown) => {
      const meant = nearest(unknown, candidates);
      const full = propertyPath([...path, unknown]);
      return problem(
        full,
        candidates.length > 0 ? `one of ${candidates.join(", ")}` : "no such key",
        "an unknown name",
        `${meant ? `did you mean ${meant}? ` : ""}pulumi config rm --path 'mesh-six:${full}'`,
      );
    });
  }
  const found = issue.path.reduce<unknown>(
    (at, part) =>
      typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
  const isKey = issue.code === "invalid_key";
  const got = hidden ? "a secret of another shape" : shown(isKey ? issue.path.at(-1) : found, false);
  const remedy = isKey
    ? `pulumi config rm --path 'mesh-six:${propertyPath(path)}'`
    : issue.path.length === 0
      ? setCommand([key, ...elementOf(declaration)], declaration.example, hidden)
      : setCommand([...path, ...(wantsList(issue) ? [0] : [])], "VALUE", hidden, wantsText(issue, found));
  return [problem(propertyPath(path), expectation(issue), got, remedy)];
}

function wantsList(issue: z.core.$ZodIssue): boolean {
  return issue.path.at(-1) === "keys";
}

/** Whether the value would have been right as a text: within a structure the command stores `1` and `true` as such. */
function wantsText(issue: z.core.$ZodIssue, found: unknown): boolean {
  const wants = issue.code === "invalid_type" && issue.expected === "string";
  return wants && (typeof found === "number" || typeof found === "boolean");
}

/** The command sets a list or a structure one element at a time. */
function elementOf({ type, items }: Declaration): readonly PropertyKey[] {
  if (type === "array") return items === "object" ? [0, "name"] : [0];
  return type === "object" ? ["NAME"] : [];
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (["object", "record"].includes(issue.expected)) return "a structure (YAML mapping or JSON object)";
    if (issue.expected === "array") return "a list";
    return issue.expected === "int" ? "a whole number" : `a ${issue.expected}`;
  }
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") {
    const empty: Partial<Record<string, string>> = {
      string: "a text that is not empty",
      array: "at least one",
    };
    return empty[issue.origin] ?? `at least ${String(issue.minimum)}`;
  }
  if (issue.code === "too_big") return `at most ${String(issue.maximum)}`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? "another name";
  return issue.message;
}

/** The names a structure knows at a path within it; empty where any name will do. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const part of [...path, undefined]) {
    while (at instanceof z.ZodDefault || at instanceof z.ZodPrefault || at instanceof z.ZodOptional)
      at = at.unwrap();
    if (part === undefined) break;
    at =
      at instanceof z.ZodObject
        ? at.shape[part as string]
        : at instanceof z.ZodRecord
          ? at.valueType
          : at instanceof z.ZodArray
            ? at.element
            : undefined;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
