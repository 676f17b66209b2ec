import { format } from "prettier";
import * as z from "zod";
import type { Declaration } from "../../settings/declaration.ts";

/** The JSON Schema of a value, as far as a table shows it. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

type Declarations = Readonly<Record<string, Declaration>>;

/**
 * The mark of a table's place: `all` for every setting, else the setting whose structure it shows, and a path within
 * it.
 */
const place = /<!-- table: (\S+) -->\n[\s\S]*?<!-- end of table -->/g;

/**
 * docs/settings.md with its tables made of the declarations; the text around them stays.
 *
 * @throws where a table names no setting
 */
export async function settingsPage(page: string, declarations: Declarations): Promise<string> {
  const made = page.replaceAll(place, (_, name: string) => {
    const table = name === "all" ? everySetting(declarations) : structureOf(name, declarations);
    return `<!-- table: ${name} -->\n\n${table}\n\n<!-- end of table -->`;
  });
  return format(made, { parser: "markdown" });
}

function everySetting(declarations: Declarations): string {
  const rows = Object.entries(declarations).map(([key, { description, default: fallback, secret }]) => [
    `\`${key}\``,
    secret ? `${description}; stored encrypted` : description,
    shown(fallback),
  ]);
  return table(["Setting", "Meaning", "Default"], rows);
}

function structureOf(name: string, declarations: Declarations): string {
  const [key = "", ...path] = name.split(".");
  const declaration = declarations[key];
  if (declaration === undefined)
    throw new Error(`docs/settings.md: expected a setting, got a table of ${key}`);
  const schema = z.toJSONSchema(declaration.schema, { io: "input", unrepresentable: "any" }) as Node;
  const start = path.reduce<Node | undefined>((at, part) => within(at)?.properties?.[part], schema);
  if (start === undefined) throw new Error(`docs/settings.md: expected a place in ${key}, got ${name}`);
  // A setting that converts its value before the check has no default in its JSON Schema.
  const usual = declaration.type === "object" ? declaration.schema.safeParse({}).data : undefined;
  const rows = rowsOf(start, "", deeperTables(name), usual);
  return table(["Key", "Meaning", "Values", "Default"], rows);
}

/** Structures within a structure that have a table of their own. */
function deeperTables(name: string): readonly string[] {
  return name === "repositories" ? ["board"] : [];
}

/** The structure itself, or the one that a list or a map holds. */
function within(node: Node | undefined): Node | undefined {
  if (node?.type === "array") return within(node.items);
  if (node?.properties === undefined && typeof node?.additionalProperties === "object") {
    return within(node.additionalProperties);
  }
  return node;
}

function rowsOf(node: Node, prefix: string, closed: readonly string[], usual: unknown): string[][] {
  const { properties = {} } = within(node) ?? {};
  return Object.entries(properties).flatMap(([key, value]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const before = (usual as Readonly<Record<string, unknown>> | undefined)?.[key];
    const fallback = value.default ?? before;
    const inner = value.type === "object" && value.properties !== undefined && !closed.includes(path);
    const own = [
      `\`${path}\``,
      value.description ?? "",
      inner ? "" : values(value),
      inner || fallback === undefined ? "" : shown(fallback),
    ];
    const rows = inner ? rowsOf(value, path, closed, before) : [];
    return inner && value.description === undefined ? rows : [own, ...rows];
  });
}

/** The possible values, in a few words. */
function values(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((one) => `\`${String(one)}\``).join(", ");
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(values))].filter(Boolean).join(" or ");
  switch (node.type ?? "string") {
    case "boolean":
      return "true, false";
    case "integer":
      return range(node);
    case "array":
      return `list${node.items?.properties === undefined ? "" : ` of ${fieldsOf(node.items)}`}`;
    case "object":
      return node.properties === undefined ? "map" : fieldsOf(node);
    case "number":
      return "number";
    default:
      return "text";
  }
}

function fieldsOf({ properties = {} }: Node): string {
  return `\`{${Object.keys(properties).join(", ")}}\``;
}

function range({ minimum, maximum }: Node): string {
  const bounded = [minimum, maximum].map((bound) =>
    bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound,
  );
  if (bounded[0] === undefined || bounded[1] === undefined) return "whole number";
  return `${bounded[0]} to ${bounded[1]}`;
}

function shown(value: unknown): string {
  if (value === "" || value === undefined) return "empty";
  if (typeof value === "object" && value !== null) {
    if (Object.keys(value).length === 0) return "none";
    const names = Array.isArray(value) ? value.map(nameOf) : [undefined];
    if (names.every((name) => name !== undefined)) return names.join(", ");
    return `\`${JSON.stringify(value)}\``;
  }
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === "string") return `\`${value}\``;
  const { name } = value as { readonly name?: unknown };
  return typeof name === "string" ? name : undefined;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
