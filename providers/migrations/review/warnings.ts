import type { TableSize } from "./relations.ts";
import { has, keywords, nameAt, type Statement } from "../files/statements.ts";

/**
 * What a statement does that a reviewer should know before it runs. Statements on tables that this plan makes
 * itself are harmless.
 *
 * @param made - tables the plan has made so far; those of this statement are added
 */
export function warningsOf(
  statement: Statement,
  made: Set<string>,
  sizes: ReadonlyMap<string, TableSize>,
): string[] {
  const words = keywords(statement);
  const named = (at: number): string => nameAt(statement, at)?.name ?? "";
  if (has(words, 0, "CREATE")) {
    const table = words.findIndex((word, at) => word === "TABLE" && at < 4);
    const optional = has(words, table + 1, "IF", "NOT", "EXISTS");
    const name = named(optional ? table + 4 : table + 1);
    // A table that is there already stays as it is.
    if (table > 0 && !(optional && sizes.has(name))) made.add(name);
    return has(words, 1, "INDEX|UNIQUE") ? indexWarnings(words, named, made) : [];
  }
  if (has(words, 0, "ALTER", "TABLE")) {
    const at = 2 + (has(words, 2, "IF", "EXISTS") ? 2 : 0);
    const table = nameAt(statement, words[at] === "ONLY" ? at + 1 : at);
    if (table === undefined || made.has(table.name)) return [];
    return alterWarnings(words.slice(table.next), sizes.get(table.name));
  }
  if (has(words, 0, "DROP", "INDEX") && words[2] !== "CONCURRENTLY")
    return ["DROP INDEX without CONCURRENTLY blocks reads and writes of its table while it waits"];
  if (has(words, 0, "DROP", dropped))
    return [
      `DROP ${words[1] ?? ""} is for ever${words.includes("CASCADE") ? ", and CASCADE takes along all that depends on it" : ""}`,
    ];
  if (has(words, 0, "TRUNCATE")) return ["TRUNCATE deletes every row"];
  if (has(words, 0, "UPDATE|DELETE") && !parts(words, "WHERE")[1])
    return [`${words[0] ?? ""} without WHERE touches every row`];
  if (has(words, 0, "VACUUM") && words.includes("FULL"))
    return ["VACUUM FULL rewrites the table and blocks reads and writes"];
  if (has(words, 0, "CLUSTER")) return ["CLUSTER rewrites the table and blocks reads and writes"];
  if (has(words, 0, "REINDEX") && !words.includes("CONCURRENTLY"))
    return ["REINDEX without CONCURRENTLY blocks writes while the index is built"];
  if (has(words, 0, "DO") || has(words, 0, "CALL"))
    return [`${words[0] ?? ""}: what its code locks and changes is not analysed`];
  return [];
}

/** What goes with all that it holds. */
const dropped =
  "TABLE|SCHEMA|DATABASE|SEQUENCE|TYPE|DOMAIN|MATERIALIZED|VIEW|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|EXTENSION|FOREIGN|OWNED";

function indexWarnings(words: readonly string[], named: (at: number) => string, made: Set<string>): string[] {
  const on = words.indexOf("ON");
  const table = named(words[on + 1] === "ONLY" ? on + 2 : on + 1);
  if (words.includes("CONCURRENTLY") || made.has(table)) return [];
  return [`CREATE INDEX without CONCURRENTLY blocks writes to ${table} while the index is built`];
}

/** Defaults whose value is computed for every row, so that adding the column rewrites the table. */
const volatile =
  /^(gen_random_uuid|uuidv4|uuidv7|random|clock_timestamp|nextval|timeofday|uuid_generate_v\w+)$/i;

/** Columns that have such a value by their kind. */
const computed = /^((small|big)?serial[248]?|stored|identity)$/i;

function alterWarnings(words: readonly string[], size: TableSize | undefined): string[] {
  return parts(words, ",").flatMap((action) => {
    const first = action[0] === "ADD" ? addWarning(action, size) : otherWarning(action);
    return first === undefined ? [] : [first];
  });
}

function addWarning(action: readonly string[], size: TableSize | undefined): string | undefined {
  const at = action[1] === "COLUMN" ? 2 : 1;
  const constraint = has(action, 1, "CONSTRAINT") ? 3 : 1;
  const validated = !(action.includes("NOT") && action.includes("VALID"));
  if (has(action, constraint, "FOREIGN|CHECK"))
    return validated
      ? `ADD ${action[constraint] ?? ""} without NOT VALID reads the whole table under its lock; add it NOT VALID, then VALIDATE`
      : undefined;
  if (has(action, constraint, "PRIMARY|UNIQUE|EXCLUDE"))
    return action.includes("USING") && action.includes("INDEX") && action[constraint] !== "EXCLUDE"
      ? undefined
      : `ADD ${action[constraint] ?? ""} builds an index and blocks reads and writes meanwhile; build it CONCURRENTLY first and add it USING INDEX`;
  if (has(action, constraint, "NOT", "NULL"))
    return validated
      ? "ADD NOT NULL without NOT VALID reads the whole table under its lock; add it NOT VALID, then VALIDATE"
      : undefined;
  const [name = "", ...column] = action.slice(has(action, at, "IF", "NOT", "EXISTS") ? at + 3 : at);
  const notNull = column.some((_, i) => has(column, i, "NOT", "NULL"));
  if (column.some((word) => volatile.test(word) || computed.test(word)))
    return `ADD COLUMN ${name.toLowerCase()} computes a value for every row: the whole table is rewritten`;
  if (notNull && !column.includes("DEFAULT") && !column.includes("GENERATED"))
    return `ADD COLUMN ${name.toLowerCase()} NOT NULL without a default fails as soon as the table has a row${size?.rows ? ` (it has about ${size.rows.toLocaleString("en")})` : ""}`;
  return undefined;
}

function otherWarning(action: readonly string[]): string | undefined {
  if (has(action, 0, "DROP")) return `DROP ${action[1] ?? ""} is for ever`;
  if (has(action, 0, "RENAME")) return "RENAME breaks whatever still uses the old name";
  const column = action[1] === "COLUMN" ? 2 : 1;
  if (has(action, 0, "ALTER") && (has(action, column + 1, "TYPE") || has(action, column + 1, "SET", "DATA")))
    return "ALTER COLUMN TYPE rewrites the whole table unless the old type is binary-compatible";
  if (has(action, 0, "ALTER") && action.some((_, at) => has(action, at, "SET", "NOT", "NULL")))
    return "SET NOT NULL reads the whole table under its lock unless a valid CHECK proves it";
  if (has(action, 0, "SET", "TABLESPACE|LOGGED|UNLOGGED|ACCESS"))
    return `SET ${action[1] ?? ""} rewrites the whole table`;
  if (has(action, 0, "DETACH") && !action.includes("CONCURRENTLY"))
    return "DETACH PARTITION without CONCURRENTLY blocks reads and writes";
  return undefined;
}

/** What a word or a sign outside parentheses separates; ALTER TABLE separates its actions by commas. */
function parts(words: readonly string[], separator: string): string[][] {
  const result: string[][] = [[]];
  let depth = 0;
  for (const word of words) {
    if (word === "(") depth += 1;
    if (word === ")") depth -= 1;
    if (word === separator && depth === 0) result.push([]);
    else result.at(-1)?.push(word);
  }
  return result;
}
