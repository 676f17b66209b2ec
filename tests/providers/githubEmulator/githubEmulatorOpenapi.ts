/** Holds answers to GitHub's own description of its REST API (@octokit/openapi). */
import { readFileSync } from "node:fs";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly format?: string;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>
  >;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let description: Description | undefined;

function described(): Description {
  const file = new URL("generated/api.github.com.json", import.meta.resolve("@octokit/openapi"));
  return (description ??= JSON.parse(readFileSync(file, "utf8")) as Description);
}

/** The differences between the answer and the description; empty if none. @param path e.g. /repos/{owner}/{repo} */
export function differences(method: string, path: string, status: number, answer: unknown): string[] {
  const response = described().paths[path]?.[method.toLowerCase()]?.responses[status];
  if (!response) return [`${method} ${path} has no answer ${status} in the description`];
  const schema = response.content?.["application/json"]?.schema;
  return schema ? check(schema, answer, "answer") : [];
}

function check(schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref !== undefined) {
    const target = described().components.schemas[schema.$ref.replace("#/components/schemas/", "")];
    return target ? check(target, value, at) : [`${at}: unknown ${schema.$ref}`];
  }
  if (value === null) return schema.nullable === true || schema.anyOf || schema.oneOf ? [] : [`${at}: null`];
  const all = (schema.allOf ?? []).flatMap((part) => check(part, value, at));
  const some = schema.anyOf ?? schema.oneOf;
  if (some && !some.some((part) => check(part, value, at).length === 0))
    all.push(`${at}: fits none of its forms`);
  if (schema.enum && !schema.enum.includes(value))
    all.push(`${at}: ${JSON.stringify(value)} is not one of the values`);
  switch (schema.type ?? "any") {
    case "object":
      return [...all, ...checkObject(schema, value, at)];
    case "array":
      if (!Array.isArray(value)) return [...all, `${at}: expected a list`];
      return [
        ...all,
        ...value.flatMap((entry, n) => (schema.items ? check(schema.items, entry, `${at}[${n}]`) : [])),
      ];
    case "integer":
      return Number.isInteger(value) ? all : [...all, `${at}: expected an integer`];
    case "string":
    case "boolean":
    case "number":
      return typeof value === schema.type
        ? [...all, ...checkFormat(schema, value, at)]
        : [...all, `${at}: expected a ${schema.type}`];
    default:
      return all;
  }
}

function checkFormat({ format }: Schema, value: unknown, at: string): string[] {
  if (format === "date-time" && Number.isNaN(Date.parse(String(value)))) return [`${at}: expected a date`];
  return format === "uri" && !URL.canParse(String(value).replace(/\{.*$/, ""))
    ? [`${at}: expected a URL`]
    : [];
}

function checkObject(schema: Schema, value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`${at}: expected an object`];
  const members = value as Record<string, unknown>;
  const missing = (schema.required ?? [])
    .filter((name) => !(name in members))
    .map((name) => `${at}.${name}: missing`);
  const wrong = Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
    name in members ? check(part, members[name], `${at}.${name}`) : [],
  );
  return [...missing, ...wrong];
}
