import type pg from "pg";

/** One object of a schema as the server describes it; schema names are taken out. */
export interface SchemaObject {
  readonly kind:
    "table" | "column" | "index" | "constraint" | "trigger" | "view" | "sequence" | "type" | "function";
  readonly name: string;
  /** The table without which it cannot be there. */
  readonly table: string | null;
  /** Its type, key or definition. */
  readonly definition: string;
  readonly notNull?: boolean;
  readonly default?: string | null;
  readonly unique?: boolean;
}

// Partitions are left out: which months there are is not what a migration says. So is what a constraint or a
// table brings along by itself (its index, its sequence, its row type). The first name says that all are text: the
// type of the catalogue's own names would cut them at 63 bytes.
const objects = `
WITH here AS (SELECT to_regnamespace($1) AS oid),
relations AS (
  SELECT c.* FROM pg_class c JOIN here ON c.relnamespace = here.oid WHERE NOT relispartition
)
SELECT 'table' AS kind, relname::text AS name,
  CASE relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(oid) ELSE 'not partitioned' END AS definition,
  NULL::boolean AS "notNull", NULL AS "default", NULL::boolean AS "unique", NULL::text AS "table"
FROM relations WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'column', relname || '.' || attname, format_type(atttypid, atttypmod), attnotnull,
  CASE WHEN attidentity <> '' THEN 'identity' ELSE pg_get_expr(adbin, adrelid) END, NULL, relname
FROM relations JOIN pg_attribute ON attrelid = relations.oid
  LEFT JOIN pg_attrdef ON adrelid = relations.oid AND adnum = attnum
WHERE relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'index', relname, pg_get_indexdef(indexrelid), NULL, NULL, indisunique, NULL
FROM relations JOIN pg_index ON indexrelid = relations.oid
WHERE indisvalid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'constraint', relname || ': ' || pg_get_constraintdef(pg_constraint.oid), '', NULL, NULL, NULL, relname
FROM relations JOIN pg_constraint ON conrelid = relations.oid WHERE contype IN ('p', 'u', 'x', 'f', 'c')
UNION ALL
SELECT 'trigger', relname || ': ' || tgname, pg_get_triggerdef(pg_trigger.oid), NULL, NULL, NULL, relname
FROM relations JOIN pg_trigger ON tgrelid = relations.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'view', relname, '', NULL, NULL, NULL, NULL FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'sequence', relname, '', NULL, NULL, NULL, NULL FROM relations WHERE relkind = 'S' AND NOT EXISTS (
  SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = relations.oid AND deptype IN ('a', 'i'))
UNION ALL
SELECT 'type', typname, string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder), NULL, NULL, NULL, NULL
FROM pg_type JOIN here ON typnamespace = here.oid JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname
UNION ALL
SELECT 'function', proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')', '', NULL, NULL, NULL, NULL
FROM pg_proc JOIN here ON pronamespace = here.oid`;

/** The objects of one schema by kind and name. `schema` is quoted where it must be. */
export async function describeSchema(client: pg.Client, schema: string): Promise<Map<string, SchemaObject>> {
  const { rows } = await client.query<SchemaObject>(objects, [schema]);
  // Not where another name only ends like the schema's.
  const qualifier = new RegExp(
    String.raw`(?<![\p{L}\p{N}_$."])${schema.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}\.`,
    "gu",
  );
  const plain = (text: string): string => text.replace(qualifier, "");
  return new Map(
    rows.map((row) => {
      // Only these hold more than names, and a table may be called what its schema is.
      const name = ["constraint", "function"].includes(row.kind) ? plain(row.name) : row.name;
      const definition = plain(row.definition);
      return [
        `${row.kind} ${name}`,
        { ...row, name, definition, default: row.default ? plain(row.default) : null },
      ];
    }),
  );
}

/** A difference between the database and a file's objects. */
export interface Difference {
  readonly file: string;
  readonly text: string;
  /** The files' SQL relies on it; otherwise it only is not what the file would make. */
  readonly harmful: boolean;
  /** It is none that was seen: the file, or a part of it, could not be rehearsed. */
  readonly unrehearsed?: boolean;
  /** It may be the work of a statement that was not rehearsed. */
  readonly uncertain?: boolean;
}

/** The expected objects that are missing or different; others in the schema belong to others. */
export function compareSchemas(
  expected: ReadonlyMap<string, { object: SchemaObject; file: string }>,
  live: ReadonlyMap<string, SchemaObject>,
): Difference[] {
  const differences: Difference[] = [];
  for (const [key, { object, file }] of expected) {
    const add = (text: string, harmful: boolean): void => void differences.push({ file, text, harmful });
    const found = live.get(key);
    if (found === undefined) {
      // The columns of a missing table are missing with it.
      if (object.table !== null && !live.has(`table ${object.table}`)) continue;
      add(`${key} is missing`, true);
      continue;
    }
    if (found.definition !== object.definition)
      add(`${key} is ${found.definition} instead of ${object.definition}`, isHarmful(object, found));
    if ((object.default ?? null) !== (found.default ?? null))
      add(`${key} has ${withDefault(found)} instead of ${withDefault(object)}`, !found.default);
    if (object.notNull !== found.notNull)
      add(`${key} ${found.notNull ? "refuses" : "takes"} NULL, unlike the file's`, false);
  }
  return differences;
}

/** Whether SQL written for the one definition may fail on the other. */
function isHarmful(object: SchemaObject, found: SchemaObject): boolean {
  if (object.kind === "type") {
    // Values that were added since harm nobody.
    const values = found.definition.split(", ");
    return object.definition.split(", ").some((value) => !values.includes(value));
  }
  return !["index", "trigger"].includes(object.kind) || found.unique !== object.unique;
}

function withDefault({ default: value }: SchemaObject): string {
  return value ? `the default ${value}` : "no default";
}
