import { createHash } from "node:crypto";
import type { Problem } from "../../../lib/text/problem.ts";
import { UnterminatedError, type Token } from "./lexer.ts";
import { forbidden, nonTransactional, withoutData } from "./rules.ts";
import { placeOf, splitStatements, Statements, type Statement } from "./statements.ts";

/** The first comment of a file that must run outside a transaction. */
export const marker = "-- mesh-six: no-transaction";

/** Findings from reading a file's SQL. */
export interface Analysis {
  readonly statements: Statements;
  readonly checksum: string;
  readonly problems: readonly Problem[];
}

/** Splits a file into statements, and says what is wrong with it. */
export function analyse(name: string, sql: string): Analysis {
  const at = (offset: number): string => {
    const { line, column } = placeOf(sql, offset);
    return `${name}:${line}:${column}`;
  };
  const unusable = (...problems: Problem[]): Analysis => ({
    statements: new Statements(sql),
    checksum: "",
    problems,
  });
  if (sql.includes("\0"))
    return unusable({
      said: `${at(sql.indexOf("\0"))}: a NUL character, which PostgreSQL does not take`,
      remedy: "remove it",
    });
  const noTransaction = isMarked(sql);
  const problemsOf = (statements: Statements): Problem[] => {
    const problems: Problem[] = [];
    for (const statement of withoutData(statements)) {
      const problem = forbidden(statement) ?? misplaced(statement, noTransaction);
      if (problem) problems.push({ ...problem, said: `${at(statement.start)}: ${problem.said}` });
    }
    return problems;
  };
  let statements: Statements;
  const sum = new Checksum();
  try {
    statements = splitStatements(sql, (token) => sum.add(token));
  } catch (error) {
    if (!(error instanceof UnterminatedError)) throw error;
    // The text before it may hold the reason: the data of a COPY holds single quotes.
    const before = problemsOf(splitStatements(sql.slice(0, error.offset)));
    return unusable(...before, { said: `${at(error.offset)}: ${error.message}`, remedy: "close it" });
  }
  if (statements.length === 0)
    return unusable({
      said: `${name}: expected at least one statement`,
      remedy: "write it or delete the file",
    });
  return { statements, checksum: sum.hex(), problems: problemsOf(statements) };
}

function misplaced(statement: Statement, noTransaction: boolean): Problem | undefined {
  const special = nonTransactional(statement);
  if (special === undefined) return undefined;
  const what = statement.tokens
    .slice(0, 3)
    .map((token) => token.text.toUpperCase())
    .join(" ");
  if (!noTransaction) {
    const said = `${what} cannot run in a transaction`;
    return { said, remedy: `put "${marker}" on the file's first line` };
  }
  if (special.kind === "once" && what.startsWith("CREATE INDEX"))
    return {
      said: `${what} without an index name could not be recovered when interrupted`,
      remedy: "name the index",
    };
  return undefined;
}

/** Whether one of the comment lines at the top of the file is the marker. */
export function isMarked(sql: string): boolean {
  const top = /^(?:\s*--[^\n]*(?:\n|$))*/.exec(sql)?.[0] ?? "";
  return top.split("\n").some((line) => line.trim().replace(/\s+/g, " ") === marker);
}

/** SHA-256 of tokens, one after another; undefined ends a statement. */
class Checksum {
  readonly #hash = createHash("sha256");
  #waiting = "";

  add(token: Token | undefined): void {
    // The lengths keep different token lists from joining to the same text.
    this.#waiting += token === undefined ? ";\n" : `${token.text.length}:${token.text}\n`;
    // Short, so that it is garbage before the engine of JavaScript takes it for long-lived.
    if (this.#waiting.length > 4_000) this.#pass();
  }

  hex(): string {
    this.#pass();
    return this.#hash.digest("hex");
  }

  #pass(): void {
    this.#hash.update(this.#waiting);
    this.#waiting = "";
  }
}
