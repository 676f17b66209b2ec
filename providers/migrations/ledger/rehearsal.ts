import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import type { Migration } from "../files/files.ts";
import { placeOf, type Statement } from "../files/statements.ts";
import { compareSchemas, describeSchema, type Difference, type SchemaObject } from "../review/catalog.ts";
import { loadParser, type Parser } from "../review/tree/parser.ts";
import { freshSession, timeouts, type Run } from "../run/context.ts";
import { partOfRehearsal, type Part } from "./rehearsable.ts";
import { askSurroundings } from "./surroundings.ts";

/** A rehearsal under way. */
interface Stage {
  readonly client: pg.Client;
  /** The empty schema in which objects are made. */
  readonly scratch: string;
  readonly applicationSchema: string;
  readonly parser: Parser;
  /** Tables that files make in other schemas and that are not there, with the file. */
  readonly missing: Map<string, string>;
}

/**
 * Makes the files' objects in an empty schema, lets the server describe what came out, compares that with the live
 * objects, and rolls everything back. Only statements that can do nothing but make objects there are run: a
 * rollback does not undo changes of sequences, files, other servers and replication slots. So nothing works
 * on rows, no code of anybody's runs, and nothing outside of the schema is touched or locked. Files before the known
 * ones are rehearsed as well, for these may change what those made.
 *
 * @param files - all files in order
 * @param known - those that are compared
 */
export async function compareWithDatabase(
  run: Run,
  files: readonly Migration[],
  known: readonly Migration[],
): Promise<Difference[]> {
  const { client, applicationSchema } = run;
  const last = known.at(-1);
  if (last === undefined) return [];
  const parser = await loadParser();
  const scratch = `mesh_six_adoption_${run.backend}`;
  const stage: Stage = { client, scratch, applicationSchema, parser, missing: new Map() };
  const fresh = [
    ...freshSession,
    timeouts(run, "transaction"),
    // Validators of languages would read, and of C load, what a function is made of.
    "SET LOCAL check_function_bodies = off",
    `SELECT set_config('search_path', '${scratch}, ' || current_setting('search_path'), true)`,
  ].join(";\n");
  await client.query(`BEGIN;\n${fresh}`);
  try {
    const trigger = await eventTrigger(client);
    if (trigger !== undefined)
      return known.map(({ name }) => unrehearsed(name, `the event trigger ${trigger} would run its code`));
    await client.query(`CREATE SCHEMA ${scratch}`);
    const live = await describeSchema(client, applicationSchema);
    const expected = new Map<string, { object: SchemaObject; file: string }>();
    const found: Difference[] = [];
    for (const migration of files.slice(0, files.indexOf(last) + 1)) {
      found.push(...(await rehearse(stage, migration)));
      const objects = await describeSchema(client, scratch);
      // An object that a later file dropped or changed again counts as that file left it.
      for (const key of expected.keys()) if (!objects.has(key)) expected.delete(key);
      for (const [key, object] of objects) {
        const before = expected.get(key);
        const file = before && isDeepStrictEqual(before.object, object) ? before.file : migration.name;
        expected.set(key, { object, file });
      }
    }
    for (const [table, file] of stage.missing)
      found.push({ file, text: `table ${table} is missing`, harmful: true });
    const names = new Set(known.map(({ name }) => name));
    // After a statement that was not run, a difference may be its work.
    const uncertain = found.some((difference) => difference.unrehearsed);
    const differences = compareSchemas(expected, live).map((difference) => ({ ...difference, uncertain }));
    return [...found, ...differences].filter(({ file }) => names.has(file));
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

function unrehearsed(file: string, reason: string): Difference {
  return { file, text: `it cannot be rehearsed: ${reason}`, harmful: true, unrehearsed: true };
}

/** An event trigger that would run at the rehearsal's own statements. */
async function eventTrigger(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT evtname::text AS name FROM pg_event_trigger WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login' LIMIT 1",
  );
  return rows[0]?.name;
}

/** Runs what of a file can be run; what could not, and what is missing elsewhere. */
async function rehearse(stage: Stage, migration: Migration): Promise<Difference[]> {
  const found: Difference[] = [];
  let elsewhere: string | undefined;
  let compared = 0;
  let code: Statement | undefined;
  const at = ({ start }: Statement): string => `line ${placeOf(migration.sql, start).line}`;
  for (const statement of migration.statements) {
    const node = stage.parser.parse(statement.text);
    const part: Part =
      typeof node === "string"
        ? { kind: "refuse", reason: `PostgreSQL's parser of version 18 cannot read it (${node})` }
        : partOfRehearsal(node);
    let reason: string | undefined;
    switch (part.kind) {
      case "skip":
        if (part.code) code ??= statement;
        continue;
      case "path":
        elsewhere = part.schemas && otherSchema(part.schemas, stage.applicationSchema);
        continue;
      case "drop":
        for (const parts of part.names) stage.missing.delete(shown(stage, parts));
        continue;
      case "refuse":
        reason = part.reason;
        break;
      case "look": {
        const outcome = await look(stage, part);
        if (outcome === "missing" && part.what === "table")
          stage.missing.set(shown(stage, part.name), migration.name);
        else if (outcome === "missing")
          found.push({
            file: migration.name,
            text: `${part.what} ${part.name.join(".")} is missing`,
            harmful: true,
          });
        else if (!part.optional)
          reason = `${part.what} ${part.name.join(".")} is there already, and is not compared`;
        compared += 1;
        break;
      }
      case "run":
        reason =
          elsewhere === undefined
            ? await attempt(stage, statement, part)
            : `it makes objects in schema ${elsewhere}`;
        compared += 1;
    }
    if (reason !== undefined) found.push(unrehearsed(migration.name, `${at(statement)}: ${reason}`));
  }
  if (code !== undefined && compared === 0 && found.length === 0)
    found.push(
      unrehearsed(migration.name, `${at(code)}: its code is not run, and it holds nothing else to compare`),
    );
  return found;
}

/** The first schema of a search path, where it is not the application's. */
function otherSchema(schemas: readonly string[], applicationSchema: string): string | undefined {
  const first = schemas
    .flatMap((schema) => schema.split(","))
    .map((schema) => schema.trim().replaceAll('"', ""))[0];
  return first === undefined || first === applicationSchema.replaceAll('"', "") ? undefined : first;
}

/** A name outside, without the application's schema. */
function shown({ applicationSchema }: Stage, parts: readonly string[]): string {
  const name = parts.map(quoteWhereNeeded);
  return name[0] === applicationSchema ? name.slice(1).join(".") : name.join(".");
}

function quoteWhereNeeded(part: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(part) ? part : pg.escapeIdentifier(part);
}

async function look(
  { client }: Stage,
  { what, name }: Part & { kind: "look" },
): Promise<"there" | "missing"> {
  const text = name.map((part) => pg.escapeIdentifier(part)).join(".");
  const question = {
    table: "SELECT to_regclass($1) IS NOT NULL AS there",
    schema: "SELECT to_regnamespace($1) IS NOT NULL AS there",
    extension:
      "SELECT EXISTS (SELECT FROM pg_extension WHERE quote_ident(extname) = $1 OR extname = $1) AS there",
  }[what];
  const { rows } = await client.query<{ there: boolean }>(question, [what === "extension" ? name[0] : text]);
  return rows[0]?.there ? "there" : "missing";
}

/** Runs a statement in the scratch schema; why not, if not. */
async function attempt(
  stage: Stage,
  { text }: Statement,
  { needs, optional, ending }: Part & { kind: "run" },
): Promise<string | undefined> {
  const { outside, unsafe } = await askSurroundings(stage.client, stage.scratch, needs);
  // DROP … IF EXISTS finds nothing.
  if (outside.length > 0 && optional) return undefined;
  if (outside.length > 0) return `${outside.join(", ")} is not made by these files`;
  if (unsafe.length > 0) return `it may run the code of ${unsafe.join(", ")}`;
  const plain = text.replace(/^(\s*(?:CREATE\s+(?:UNIQUE\s+)?|DROP\s+)INDEX\s+)CONCURRENTLY\b/i, "$1");
  const sql = ending === undefined ? plain : `${plain.replace(/\bWITH\s+(?:NO\s+)?DATA$/i, "")} ${ending}`;
  await stage.client.query("SAVEPOINT mesh_six_rehearsal");
  try {
    await stage.client.query(sql);
    await stage.client.query("RELEASE mesh_six_rehearsal");
    return undefined;
  } catch (error) {
    await stage.client.query("ROLLBACK TO mesh_six_rehearsal");
    return (error as Error).message;
  }
}
