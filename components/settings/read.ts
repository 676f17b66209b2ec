import * as z from "zod";
import type { Declaration } from "./declaration.ts";
import { declarations } from "./declarations.ts";
import { problem, propertyPath, setCommand, shown } from "./problems.ts";
import { nearest } from "./spelling.ts";

type Declared = typeof declarations;

/** All settings by key, with the defaults filled in. */
export type Values = { readonly [K in keyof Declared]: Declared[K] extends Declaration<infer T> ? T : never };

/** What the engine hands over: each key of the stack in full, its value as text, and which were stored encrypted. */
export interface RawConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly isSecret: (key: string) => boolean;
}

/** Reads and checks every declared setting; what is wrong is appended to `problems`. */
export function readValues(raw: RawConfig, problems: string[]): Values {
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
  const values = known.map((key) => [key, readOne(key, declarations[key as keyof Declared], raw, problems)]);
  return Object.fromEntries(values) as Values;
}

function readOne(key: string, declaration: Declaration, raw: RawConfig, problems: string[]): unknown {
  const full = `mesh-six:${key}`;
  const fallback = () => declaration.schema.parse(declaration.default);
  const given = raw.values[full];
  if (given === undefined) return fallback();
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
  if (result.success) return result.data;
  problems.push(...result.error.issues.flatMap((issue) => describe(issue, key, declaration, typed)));
  return fallback();
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

function describe(issue: z.core.$ZodIssue, key: string, declaration: Declaration, value: unknown): string[] {
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
  const got = declaration.secret ? "a secret of another shape" : shown(found, false);
  const remedy = setCommand(
    path,
    issue.path.length === 0 ? declaration.example : "VALUE",
    declaration.secret,
  );
  return [problem(propertyPath(path), expectation(issue, declaration, issue.path.length === 0), got, remedy)];
}

function expectation(issue: z.core.$ZodIssue, declaration: Declaration, atTop: boolean): string {
  if (issue.code === "invalid_type") {
    if (atTop && declaration.type === "object") return "a structure (YAML mapping or JSON object)";
    if (atTop && declaration.type === "array") return "a list";
    return issue.expected === "int" ? "a whole number" : `a ${issue.expected}`;
  }
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") return `at least ${String(issue.minimum)}`;
  if (issue.code === "too_big") return `at most ${String(issue.maximum)}`;
  if (issue.code === "invalid_union") return "a value of another shape";
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
          : undefined;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
