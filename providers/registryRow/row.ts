import { isDeepStrictEqual } from "node:util";
import { at, isObject, leaves, picked, type Json, type JsonObject } from "./metadata.ts";

/** The declared columns of a registry row. Columns left out belong to other writers. */
export interface RegistryRow {
  /** The natural key: the name of the service that is deployed. */
  readonly serviceName: string;
  readonly repoUrl: string;
  readonly platform: string;
  readonly cicdType: string;
  readonly triggerMethod: string;
  readonly defaultBranch?: string;
  readonly boardId?: string;
  /** Merged into the row's metadata key by key; keys left out belong to other writers. */
  readonly metadata?: JsonObject;
}

/** Text columns by property; the key is not among them. */
export const columns = {
  repoUrl: "repo_url",
  platform: "platform",
  cicdType: "cicd_type",
  triggerMethod: "trigger_method",
  defaultBranch: "default_branch",
  boardId: "board_id",
} as const;

export const properties = Object.keys(columns) as (keyof typeof columns)[];

/** NOT NULL columns without a default. */
export const required: readonly string[] = [
  "serviceName",
  "repoUrl",
  "platform",
  "cicdType",
  "triggerMethod",
];

/** A row as the database has it. */
export interface StoredRow extends Readonly<Record<(typeof columns)[keyof typeof columns], string | null>> {
  readonly metadata: Json | null;
}

/** One owned value that is not as it should be; `undefined` where there is none. */
export interface Difference {
  /** As in `board_id` or `metadata.projectFieldIds.status`. */
  readonly column: string;
  /** The keys that lead to it in the stored row. */
  readonly path: readonly string[];
  readonly stored: Json | undefined;
  readonly expected: Json | undefined;
}

/** The declared values of a row besides its key. */
export type Values = Omit<RegistryRow, "serviceName">;

/** The values of a declaration by column, metadata key by key. */
export function values(row: Values): { column: string; path: readonly string[]; value: Json }[] {
  return [
    ...properties.flatMap((property) => {
      const value = row[property];
      return value === undefined ? [] : [{ column: columns[property], path: [columns[property]], value }];
    }),
    ...leaves(row.metadata ?? {}).map(({ path, value }) => ({
      column: ["metadata", ...path].join("."),
      path: ["metadata", ...path],
      value,
    })),
  ];
}

/** The differences of a stored row from its declaration, in the columns that it names. */
export function differences(stored: StoredRow, declared: RegistryRow): Difference[] {
  return values(declared).flatMap(({ column, path, value }) => {
    const there = at(stored as unknown as JsonObject, path);
    return isDeepStrictEqual(there, value) ? [] : [{ column, path, stored: there, expected: value }];
  });
}

/** A declaration with its values replaced by the stored ones: what is there of what it names. */
export function observed<Row extends RegistryRow>(stored: StoredRow, declared: Row): Row {
  const texts = properties.flatMap((property) => {
    const value = stored[columns[property]];
    return declared[property] === undefined || value === null ? [] : [[property, value] as const];
  });
  const bare = Object.fromEntries(
    Object.entries(declared).filter(([key]) => key !== "metadata" && !(key in columns)),
  );
  const paths = leaves(declared.metadata ?? {}).map(({ path }) => path);
  return {
    ...bare,
    ...Object.fromEntries(texts),
    ...(declared.metadata && { metadata: picked(stored.metadata ?? {}, paths) }),
  } as Row;
}

/** Whether two addresses name one repository: case of the host, `.git`, a slash at the end and scp's form aside. */
export function sameRepository(one: string, other: string): boolean {
  return normalized(one) === normalized(other);
}

function normalized(address: string): string {
  const scp = /^[^@/]+@([^:/]+):(?!\d)(.+)$/.exec(address);
  const url = URL.parse(scp ? `ssh://${scp[1]}/${scp[2]}` : address);
  const path = (url ? url.host + url.pathname : address).replace(/\/+$/, "").replace(/\.git$/, "");
  return path.toLowerCase();
}

/** A value as an error shows it: one line, not too long. */
export function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** The properties that a text or jsonb column cannot hold, each with the reason. */
export function unstorable(row: RegistryRow): { property: string; reason: string }[] {
  const texts = (["serviceName", ...properties] as const).flatMap((property) => {
    const value: unknown = row[property];
    if (value === undefined && !required.includes(property)) return [];
    if (typeof value !== "string" || value === "")
      return [{ property, reason: `expected a text that is not empty, got ${shown(value as Json)}` }];
    const flaw = textFlaw(value);
    if (flaw) return [{ property, reason: flaw }];
    // An index entry has room for 2,704 bytes, and one index holds two of the columns.
    const bytes = Buffer.byteLength(value);
    return bytes > 1000
      ? [{ property, reason: `expected at most 1000 bytes, for the column is indexed; got ${bytes}` }]
      : [];
  });
  if (row.metadata === undefined) return texts;
  if (!isObject(row.metadata))
    return [...texts, { property: "metadata", reason: `expected an object, got ${shown(row.metadata)}` }];
  return [...texts, ...jsonFlaws(row.metadata, "metadata")];
}

function jsonFlaws(value: Json, property: string): { property: string; reason: string }[] {
  if (typeof value === "string") return textFlaw(value) ? [{ property, reason: textFlaw(value) }] : [];
  if (typeof value === "number")
    return Number.isFinite(value) ? [] : [{ property, reason: `expected a finite number, got ${value}` }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => {
    const flaw = textFlaw(key);
    return [
      ...(flaw ? [{ property, reason: `key ${JSON.stringify(key)}: ${flaw}` }] : []),
      ...jsonFlaws(inner, `${property}.${key}`),
    ];
  });
}

function textFlaw(text: string): string {
  if (text.includes("\0"))
    return "expected a text without the character NUL, which PostgreSQL cannot store; got one with it";
  return text.isWellFormed() ? "" : "expected well-formed Unicode, got half of a surrogate pair";
}
