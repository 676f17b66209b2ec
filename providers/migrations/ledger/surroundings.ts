import type pg from "pg";
import type { Needs } from "./rehearsable.ts";

/** What of it lies outside of the scratch schema, and what could run somebody's code. */
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
    needs.types,
  ]);
  const { outside = [], unsafe = [] } = rows[0] ?? {};
  const anything = needs.planned.length + needs.defaults.length + needs.operators.length > 0;
  return { outside, unsafe: anything ? unsafe : unsafe.filter((name) => !name.startsWith("cast ")) };
}

const trusted = `(pronamespace = 'pg_catalog'::regnamespace OR EXISTS (
  SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'))`;

// A function is PostgreSQL's own or an extension's where every one of that name is; then it must not be volatile, nor run a query that is
// given as text. The default of a new column is run once, unless it is volatile: then for each row, of which there is
// none. A domain's check and a cast may be code too.
const surroundings = `SELECT
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
  UNION ALL SELECT 'domain ' || name FROM unnest($7::text[]) AS name WHERE EXISTS (
    SELECT FROM pg_type JOIN pg_constraint ON contypid = pg_type.oid WHERE typname = name)
  UNION ALL SELECT 'cast ' || castsource::regtype || ' to ' || casttarget::regtype
    FROM pg_cast JOIN pg_proc ON pg_proc.oid = castfunc JOIN pg_language ON pg_language.oid = prolang
    WHERE lanname NOT IN ('internal', 'c') AND castfunc >= 16384) AS unsafe`;
