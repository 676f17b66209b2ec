import { setFlagsFromString } from "node:v8";
import type { Node } from "libpg-query";
import { scan } from "../../files/lexer.ts";
import { isOnRows } from "../../files/statements.ts";
import { executedBy } from "./executed.ts";
import { walk } from "./tree.ts";

/** The body of a statement of one kind, as in `Body<"DropStmt">`. */
export type Body<Kind extends string> =
  Extract<Node, Record<Kind, unknown>> extends Record<Kind, infer B> ? B : never;

/** One statement as PostgreSQL's own parser reads it; a string says why the parser does not. */
export type Parsed = Node | string;

export interface Parser {
  /** Reads one statement. */
  readonly parse: (statement: string) => Parsed;
  /** The statements in a block of PL/pgSQL, as in `BEGIN … END`; those of its EXECUTE as far as its text says them. */
  readonly statementsOf: (block: string) => string[];
}

let loading: Promise<Parser> | undefined;

/** Loads PostgreSQL's parser (libpg-query, WebAssembly): about 0.1 s, so only where a statement is looked at. */
export function loadParser(): Promise<Parser> {
  return (loading ??= load());
}

async function load(): Promise<Parser> {
  // To optimize the parser's code, the engine of JavaScript takes half a gigabyte for a moment.
  setFlagsFromString("--no-wasm-tier-up");
  setFlagsFromString("--no-wasm-dynamic-tiering");
  const { loadModule, parseSync, parsePlPgSQLSync } = await import("libpg-query");
  await loadModule();
  const known = new Map<string, Parsed>();
  const parse = (statement: string): Parsed => {
    const { text, shape } = condense(statement);
    const before = shape === undefined ? undefined : known.get(shape);
    if (before !== undefined) return before;
    const parsed = attempt(parseSync, text);
    if (shape !== undefined && known.size < mostShapes) known.set(shape, parsed);
    return parsed;
  };
  const statementsOf = (block: string): string[] => {
    const tag = tagNotIn(block);
    try {
      return sqlIn(
        parsePlPgSQLSync(`CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS ${tag}${block}${tag}`),
      );
    } catch {
      return [];
    }
  };
  return { parse, statementsOf };
}

function tagNotIn(text: string): string {
  for (let at = 0; ; at += 1) if (!text.includes(`$b${at}$`)) return `$b${at}$`;
}

function sqlIn(tree: unknown): string[] {
  const found: string[] = [];
  walk(tree, (kind, { sqlstmt, expr, query }) => {
    if (kind === "PLpgSQL_stmt_execsql") found.push(queryOf(sqlstmt));
    if (kind === "PLpgSQL_stmt_perform") found.push(queryOf(expr));
    if (kind === "PLpgSQL_stmt_dynexecute") found.push(executedBy(queryOf(query)));
  });
  return found;
}

function queryOf(expression: unknown): string {
  return (expression as { PLpgSQL_expr?: { query?: string } } | undefined)?.PLpgSQL_expr?.query ?? "";
}

function attempt(parseSync: (query: string) => { stmts?: { stmt?: Node }[] }, text: string): Parsed {
  if (text.length > longestText) return `it is longer than ${longestText.toLocaleString("en")} characters`;
  try {
    const { stmts = [] } = parseSync(text);
    return stmts[0]?.stmt ?? "it is empty";
  } catch (error) {
    // The parser's words: a syntax of another version, or nested too deeply.
    return (error as Error).message;
  }
}

/** The number of kept shapes of statements, which a file of many rows repeats. */
const mostShapes = 500;

/** A tree takes a hundred times the memory of its text. */
const longestText = 400_000;

/** A string longer than this is left out: no lock and no warning depends on it. */
const longestString = 200;

/**
 * The statement without what makes it long and changes nothing of what it locks: the values of long strings, and the
 * rows of VALUES behind the first. A statement on rows also gets a shape: those that differ in their constants alone
 * share it.
 */
export function condense(statement: string): { text: string; shape: string | undefined } {
  if (!isOnRows(statement)) return { text: statement, shape: undefined };
  const kept: string[] = [];
  const shape: string[] = [];
  let depth = 0;
  /** The depth of the rows of VALUES, and whether the first of them has ended. */
  let rows: number | undefined;
  let further = false;
  let before = "";
  for (const { kind, text } of scan(statement)) {
    if (rows === undefined && text === "(" && /^values$/i.test(before)) rows = depth;
    else if (rows === depth && !/^[,(]$/.test(text)) {
      rows = undefined;
      further = false;
    }
    if (text === "(") depth += 1;
    if (text === ")") depth -= 1;
    before = text;
    if (further) continue;
    if (rows === depth && text === ")") further = true;
    kept.push(kind === "string" && text.length > longestString ? "''" : text);
    shape.push(kind === "string" || kind === "number" ? "?" : text);
  }
  return { text: kept.join(" "), shape: shape.join(" ") };
}
