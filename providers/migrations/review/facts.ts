import type pg from "pg";

/** A relation as the database has it. */
export interface Relation {
  readonly oid: number;
  /** As the session writes it: with its schema where the search path does not lead to it. */
  readonly name: string;
  /** pg_class.relkind: `r` table, `p` partitioned table, `v` view, `i` index… */
  readonly kind: string;
  /** Size of a table with its indexes and partitions, in bytes. */
  readonly bytes: number;
  /** As the server estimates them; undefined when it was never analysed. */
  readonly rows: number | undefined;
  /** The table of an index. */
  readonly table: number | null;
  /** The table of which it is a partition. */
  readonly parent: number | null;
  readonly defaultPartition: number | null;
  /** The tables and views of a view's query, and of those of its views. */
  readonly read: readonly number[];
  /** Those among them that change when the view's rows are changed. */
  readonly written: readonly number[];
  /** Names of its triggers, policies and rules. */
  readonly parts: readonly string[];
}

export interface ForeignKey {
  readonly name: string;
  readonly table: number;
  readonly columns: readonly string[];
  readonly references: number;
  readonly referencedColumns: readonly string[];
  /** The constraint that it needs on the other side. */
  readonly key: string | null;
}

/** The part of the catalogue that a plan's statements are about. */
export interface Facts {
  /** Relations by the name that was asked for. */
  readonly named: ReadonlyMap<string, Relation>;
  readonly byOid: ReadonlyMap<number, Relation>;
  readonly foreignKeys: readonly ForeignKey[];
  /** Relations that lose something, or go, where an object or column is dropped by CASCADE, see droppedKey. */
  readonly dependents: ReadonlyMap<string, readonly number[]>;
  /** Tables with a column of the type of that name. */
  readonly typeUsers: ReadonlyMap<string, readonly number[]>;
  /** The table of the extended statistics of that name. */
  readonly statistics: ReadonlyMap<string, readonly number[]>;
}

/** The names that statements use. */
export interface Names {
  readonly relations: ReadonlySet<string>;
  /** Dropped objects and columns, see droppedKey. */
  readonly dropped: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly statistics: ReadonlySet<string>;
}

/** The object of a name, or one column of a table, as one text. */
export function droppedKey(name: string, column: string | undefined): string {
  return JSON.stringify([name, column]);
}

const noFacts: Facts = {
  named: new Map(),
  byOid: new Map(),
  foreignKeys: [],
  dependents: new Map(),
  typeUsers: new Map(),
  statistics: new Map(),
};

const resolve = `SELECT name, to_regclass(name)::oid::integer AS oid FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL`;

// All that is reached from the named relations by foreign keys that refer to them, step by step.
const keys = `WITH RECURSIVE reached AS (
  SELECT relation FROM unnest($1::oid[]) AS relation
  UNION SELECT conrelid FROM pg_constraint JOIN reached ON confrelid = relation WHERE contype = 'f'
)
SELECT conname::text AS name, conrelid::integer AS "table", confrelid::integer AS "references",
  (SELECT relname::text FROM pg_class WHERE oid = conindid) AS key,
  ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns,
  ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = confrelid AND attnum = ANY (confkey)) AS "referencedColumns"
FROM pg_constraint WHERE contype = 'f' AND (conrelid IN (TABLE reached) OR confrelid IN (TABLE reached))`;

// The objects that go with another, and the relations that they belong to.
const dependents = `WITH RECURSIVE asked AS (
  SELECT name, name::json ->> 0 AS object, name::json ->> 1 AS "column"
  FROM unnest($1::text[]) AS name
), roots AS (
  SELECT name, 'pg_class'::regclass AS class, to_regclass(object)::oid AS oid, coalesce(attnum, 0)::integer AS part
    FROM asked LEFT JOIN pg_attribute ON attrelid = to_regclass(object) AND attname = "column"
    WHERE "column" IS NULL OR attnum IS NOT NULL
  UNION ALL SELECT name, 'pg_type', to_regtype(object), 0 FROM asked WHERE "column" IS NULL
  UNION ALL SELECT name, 'pg_namespace', to_regnamespace(object), 0 FROM asked WHERE "column" IS NULL AND object !~ '\\.'
  UNION ALL SELECT name, 'pg_extension', pg_extension.oid, 0 FROM asked JOIN pg_extension ON quote_ident(extname) = object
  UNION ALL SELECT name, 'pg_proc', pg_proc.oid, 0 FROM asked
    JOIN pg_proc ON object IN (quote_ident(proname), pronamespace::regnamespace || '.' || quote_ident(proname))
), gone (name, class, oid, part) AS (
  SELECT name, class::oid, roots.oid, part FROM roots WHERE roots.oid IS NOT NULL
  UNION
  -- And that of which it is an internal part: the view of a rule.
  SELECT name, CASE WHEN refobjid = gone.oid AND refclassid = class THEN classid ELSE refclassid END,
    CASE WHEN refobjid = gone.oid AND refclassid = class THEN objid ELSE refobjid END,
    CASE WHEN refobjid = gone.oid AND refclassid = class THEN objsubid ELSE refobjsubid END
  FROM gone JOIN pg_depend ON (refclassid = class AND refobjid = gone.oid AND (part = 0 OR refobjsubid = part))
    OR (classid = class AND objid = gone.oid AND deptype = 'i' AND class = 'pg_rewrite'::regclass)
)
SELECT name, relation::integer AS oid FROM gone, LATERAL (
  SELECT gone.oid WHERE class = 'pg_class'::regclass
  UNION ALL SELECT conrelid FROM pg_constraint WHERE class = 'pg_constraint'::regclass AND pg_constraint.oid = gone.oid
  UNION ALL SELECT confrelid FROM pg_constraint WHERE class = 'pg_constraint'::regclass AND pg_constraint.oid = gone.oid
  UNION ALL SELECT adrelid FROM pg_attrdef WHERE class = 'pg_attrdef'::regclass AND pg_attrdef.oid = gone.oid
  UNION ALL SELECT tgrelid FROM pg_trigger WHERE class = 'pg_trigger'::regclass AND pg_trigger.oid = gone.oid
  UNION ALL SELECT polrelid FROM pg_policy WHERE class = 'pg_policy'::regclass AND pg_policy.oid = gone.oid
  UNION ALL SELECT ev_class FROM pg_rewrite WHERE class = 'pg_rewrite'::regclass AND pg_rewrite.oid = gone.oid
) AS at (relation) WHERE relation <> 0 GROUP BY 1, 2`;

const typeUsers = `SELECT name, attrelid::integer AS oid FROM unnest($1::text[]) AS name JOIN pg_attribute ON atttypid = to_regtype(name)
  JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'm', 'p') WHERE attnum > 0 AND NOT attisdropped
  UNION SELECT name, pg_class.oid::integer FROM unnest($1::text[]) AS name JOIN pg_class ON reloftype = to_regtype(name) AND reloftype <> 0`;

const statistics = `SELECT name, stxrelid::integer AS oid FROM unnest($1::text[]) AS name
  JOIN pg_statistic_ext ON name = stxnamespace::regnamespace || '.' || quote_ident(stxname)
    OR (name = quote_ident(stxname) AND pg_statistics_obj_is_visible(pg_statistic_ext.oid))`;

/** The relations below a view, step by step; `condition` on the view says which way leads on. */
const below = (condition: string): string => `ARRAY(WITH RECURSIVE below AS (
    SELECT pg_class.oid AS relation
    UNION SELECT refobjid FROM below JOIN pg_rewrite ON ev_class = relation AND ev_type = '1'
      JOIN pg_class AS upper ON upper.oid = relation AND upper.relkind = 'v'
      JOIN pg_depend ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid AND refclassid = 'pg_class'::regclass
        AND refobjid <> relation
      JOIN pg_class AS lower ON lower.oid = refobjid AND lower.relkind IN ('r', 'p', 'v', 'f')
    WHERE ${condition}
  ) SELECT relation::integer FROM below WHERE relation <> pg_class.oid)`;

// A view through which rows can be changed reads from one relation, which alone stands in its own FROM.
const isWritten = `pg_relation_is_updatable(relation, false) <> 0
      AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation AND ev_type <> '1')
      AND strpos(translate(replace(replace(pg_get_viewdef(relation), E'\\n   FROM ', 'FROM:'), 'FROM:ONLY ', 'FROM:'),
        E';\\n', '  ') || ' ', 'FROM:' || refobjid::regclass || ' ') > 0`;

const describe = `SELECT pg_class.oid::integer AS oid, pg_class.oid::regclass::text AS name, relkind AS kind,
  (SELECT indrelid::integer FROM pg_index WHERE indexrelid = pg_class.oid) AS "table",
  (SELECT inhparent::integer FROM pg_inherits WHERE inhrelid = pg_class.oid AND relispartition) AS parent,
  (SELECT nullif(partdefid, 0)::integer FROM pg_partitioned_table WHERE partrelid = pg_class.oid) AS "defaultPartition",
  ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal
    UNION ALL SELECT polname::text FROM pg_policy WHERE polrelid = pg_class.oid
    UNION ALL SELECT rulename::text FROM pg_rewrite WHERE ev_class = pg_class.oid) AS parts,
  ${below("true")} AS read, ${below(isWritten)} AS written,
  coalesce(bytes, 0) AS bytes, rows
FROM pg_class LEFT JOIN LATERAL (
  SELECT sum(pg_total_relation_size(part)) AS bytes, CASE WHEN bool_and(leaf.reltuples >= 0) THEN sum(leaf.reltuples)::bigint END AS rows
  FROM (SELECT relid FROM pg_partition_tree(pg_class.oid) WHERE isleaf UNION SELECT pg_class.oid) AS parts (part)
    JOIN pg_class AS leaf ON leaf.oid = part AND leaf.relkind <> 'p'
  WHERE pg_class.relkind IN ('r', 'p', 'm')
) AS sizes ON true WHERE pg_class.oid = ANY ($1::oid[])`;

/** Asks the catalogue about the names; reads only. */
export async function askCatalogue(client: pg.Client, names: Names): Promise<Facts> {
  if (names.relations.size + names.dropped.size + names.types.size + names.statistics.size === 0)
    return noFacts;
  const pairs = async (sql: string, of: ReadonlySet<string>): Promise<{ name: string; oid: number }[]> =>
    of.size === 0 ? [] : (await client.query<{ name: string; oid: number }>(sql, [[...of]])).rows;
  const found = await pairs(resolve, names.relations);
  const gone = await pairs(dependents, names.dropped);
  const users = await pairs(typeUsers, names.types);
  const described = await pairs(statistics, names.statistics);
  const first = await relations(
    client,
    [...found, ...gone, ...users, ...described].map(({ oid }) => oid),
  );
  const around = [...first.values()].flatMap(({ oid, table, parent }) => [oid, table, parent]).filter(isOid);
  const { rows: foreignKeys } = await client.query<ForeignKey>(keys, [around]);
  const byOid = await relations(client, [
    ...around,
    ...foreignKeys.flatMap((key) => [key.table, key.references]),
  ]);
  const rest = [...byOid.values()]
    .flatMap(({ defaultPartition, read }) => [defaultPartition, ...read])
    .filter(isOid);
  for (const relation of (await relations(client, rest)).values()) byOid.set(relation.oid, relation);
  return {
    named: new Map(
      found.flatMap(({ name, oid }) => (byOid.has(oid) ? [[name, byOid.get(oid) as Relation]] : [])),
    ),
    byOid,
    foreignKeys,
    dependents: grouped(gone),
    typeUsers: grouped(users),
    statistics: grouped(described),
  };
}

function isOid(oid: number | null): oid is number {
  return oid !== null;
}

async function relations(client: pg.Client, oids: readonly number[]): Promise<Map<number, Relation>> {
  if (oids.length === 0) return new Map();
  const { rows } = await client.query<Relation & { bytes: string; rows: string | null }>(describe, [
    [...new Set(oids)],
  ]);
  return new Map(
    rows.map((row) => [
      row.oid,
      { ...row, bytes: Number(row.bytes), rows: row.rows === null ? undefined : Number(row.rows) },
    ]),
  );
}

function grouped(rows: readonly { name: string; oid: number }[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { name, oid } of rows) groups.set(name, [...(groups.get(name) ?? []), oid]);
  return groups;
}
