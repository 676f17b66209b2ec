import type pg from "pg";
import type { Needs } from "./rehearsable.ts";

/** Asks which needs lie outside of the scratch schema, and which could run somebody's code. */
export async function askSurroundings(
  client: pg.Client,
  scratch: string,
  needs: Needs,
): Promise<{ outside: string[]; unsafe: string[] }> {
  const { rows } = await client.query<{ outside: string[]; unsafe: string[] }>(surroundings, [
    scratch,
    needs.relations,
    needs.objects,
    needs.planned,
    needs.defaults,
    needs.operators,
    needs.evaluates,
    needs.named.types,
    needs.named.functions,
    needs.named.operators,
    needs.altered,
  ]);
  return rows[0] ?? { outside: [], unsafe: [] };
}

const trusted = `(pronamespace = 'pg_catalog'::regnamespace OR EXISTS (
  SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'))`;

/** Whether one of these functions is more than PostgreSQL's own arithmetic. */
const someCode = (which: string) =>
  `EXISTS (SELECT FROM pg_proc WHERE (NOT ${trusted} OR provolatile = 'v') AND ${which})`;
/** Whether an expression as the catalogue keeps it has such a function. */
const codeIn = (expression: string) =>
  someCode(`pg_proc.oid IN (
    SELECT found[1]::oid FROM regexp_matches(${expression}::text, ':(?:funcid|opfuncid) (\\d+)', 'g') AS found)`);
/** Whether an operator class orders values by such a function. */
const codeOf = (family: string) =>
  `EXISTS (SELECT FROM pg_amproc WHERE amprocfamily = ${family} AND ${someCode("pg_proc.oid = amproc")})`;

// A type whose values run code as they are read: a domain by its check or default, a range by its order, and whatever is
// made of these.
const typesOfCode = `WITH RECURSIVE bad (type) AS (
  SELECT contypid FROM pg_constraint WHERE contypid <> 0 AND ${codeIn("conbin")}
  UNION SELECT oid FROM pg_type WHERE typtype = 'd' AND typdefaultbin IS NOT NULL AND ${codeIn("typdefaultbin")}
  UNION SELECT rngtypid FROM pg_range JOIN pg_opclass ON pg_opclass.oid = rngsubopc
    WHERE ${codeOf("opcfamily")} OR ${someCode("pg_proc.oid = rngcanonical")}
  UNION SELECT pg_type.oid FROM bad, pg_type WHERE typelem = type OR typbasetype = type
    OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = typrelid AND attnum > 0 AND atttypid = type)
    OR EXISTS (SELECT FROM pg_range WHERE rngtypid = pg_type.oid AND rngsubtype = type
      OR rngmultitypid = pg_type.oid AND rngtypid = type))`;

// A function is PostgreSQL's own or an extension's where every one of that name is; then it must not be volatile, nor run a query that is
// given as text. The default of a new column is run once, unless it is volatile: then for each row, of which there is
// none. A cast and an order of values may be code too, and a check that a changed column, NOT NULL or a new partition
// makes the server try or simplify.
const surroundings = `${typesOfCode} SELECT
ARRAY(SELECT name FROM unnest($2::text[]) AS name WHERE NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = $1::regnamespace AND relname = name)
  UNION ALL SELECT name FROM unnest($3::text[]) AS name WHERE NOT EXISTS (
    SELECT FROM pg_type WHERE typnamespace = $1::regnamespace AND typname = name
    UNION ALL SELECT FROM pg_proc WHERE pronamespace = $1::regnamespace AND proname = name)) AS outside,
ARRAY(SELECT name || '()' FROM unnest($4::text[]) AS name WHERE EXISTS (
    SELECT FROM pg_proc WHERE proname = regexp_replace(name, '^.*\\.', '')
      AND (NOT ${trusted} OR provolatile = 'v' OR proname ~ '_to_xml'))
  UNION ALL SELECT name || '()' FROM unnest($5::text[]) AS name WHERE EXISTS (
    SELECT FROM pg_proc WHERE proname = regexp_replace(name, '^.*\\.', '') AND provolatile <> 'v'
      AND (NOT ${trusted} OR proname ~ '_to_xml'))
  UNION ALL SELECT 'operator ' || name FROM unnest($6::text[]) AS name WHERE EXISTS (
    SELECT FROM pg_operator JOIN pg_proc ON pg_proc.oid = oprcode JOIN pg_language ON pg_language.oid = prolang
    WHERE oprname = name AND lanname NOT IN ('internal', 'c') AND oprnamespace <> 'pg_catalog'::regnamespace)
  UNION ALL SELECT 'cast ' || castsource::regtype || ' to ' || casttarget::regtype
    FROM pg_cast JOIN pg_proc ON pg_proc.oid = castfunc JOIN pg_language ON pg_language.oid = prolang
    WHERE $7 AND lanname NOT IN ('internal', 'c') AND castfunc >= 16384
  UNION ALL SELECT 'operator class ' || opcname FROM pg_opclass WHERE $7 AND pg_opclass.oid >= 16384 AND ${codeOf("opcfamily")}
  UNION ALL SELECT 'type ' || type::regtype FROM bad JOIN pg_type ON pg_type.oid = type WHERE typname = ANY ($8)
  UNION ALL SELECT proname || '()' FROM pg_proc WHERE proname = ANY ($9)
    AND EXISTS (SELECT FROM bad WHERE type = ANY (proargtypes))
  UNION ALL SELECT 'operator ' || oprname FROM pg_operator WHERE oprname = ANY ($10)
    AND EXISTS (SELECT FROM bad WHERE type IN (oprleft, oprright))
  UNION ALL SELECT 'check ' || conname FROM pg_constraint LEFT JOIN pg_class ON pg_class.oid = conrelid
    LEFT JOIN pg_type ON pg_type.oid = contypid
    WHERE $11::text[] <> '{}' AND connamespace = $1::regnamespace AND contype = 'c' AND ${codeIn("conbin")}
    AND (relname = ANY ($11) OR typname = ANY ($11) OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = conrelid))) AS unsafe`;
