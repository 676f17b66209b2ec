import { identifier, tokenize, type Token } from "./lexer.ts";

/** One statement of an SQL text. */
export interface Statement {
  /** From the first token to the last, without the semicolon. */
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Offset of its first token in the text. */
  readonly start: number;
}

/** A place in a text as a person counts: both from 1, columns in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Splits a text at its top-level semicolons. Throws UnterminatedError. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let current: Token[] = [];
  // Semicolons inside parentheses (CREATE RULE) and inside BEGIN ATOMIC … END (SQL functions) do not split.
  let parentheses = 0;
  let blocks = 0;
  const finish = (): void => {
    const [first] = current;
    const last = current.at(-1);
    if (first && last)
      statements.push({ text: sql.slice(first.start, last.end), tokens: current, start: first.start });
    current = [];
    parentheses = 0;
    blocks = 0;
  };
  for (const token of tokenize(sql)) {
    if (token.text === ";" && parentheses === 0 && blocks === 0) {
      finish();
      continue;
    }
    // psql ends its commands with the line, whatever stands around them.
    if (token.kind === "meta") {
      finish();
      current.push(token);
      finish();
      continue;
    }
    if (token.text === "(") parentheses += 1;
    if (token.text === ")") parentheses = Math.max(0, parentheses - 1);
    // Behind AS and a dot every word is a name.
    if (token.kind === "word" && !/^(AS|\.)$/i.test(current.at(-1)?.text ?? "")) {
      const name = token.text.toUpperCase();
      if (name === "ATOMIC" && current.at(-1)?.text.toUpperCase() === "BEGIN") blocks += 1;
      else if (name === "CASE" && blocks > 0) blocks += 1;
      else if (name === "END" && blocks > 0) blocks -= 1;
    }
    current.push(token);
  }
  finish();
  return statements;
}

/** The place of an offset in a text. */
export function placeOf(sql: string, offset: number): Place {
  const before = sql.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The statement's unquoted words in upper case, other tokens as they stand. */
export function keywords(statement: Statement): string[] {
  return statement.tokens.map((token) => (token.kind === "word" ? token.text.toUpperCase() : token.text));
}

/** Whether the keywords at `at` are these; a string that lists words with `|` takes any of them. */
export function has(words: readonly string[], at: number, ...expected: string[]): boolean {
  return expected.every((choice, index) => choice.split("|").includes(words[at + index] ?? ""));
}

/** The possibly schema-qualified name that starts at token `at`, quoted where it must be, and where it ends. */
export function nameAt(statement: Statement, at: number): { name: string; next: number } | undefined {
  const parts: string[] = [];
  let next = at;
  for (;;) {
    const part = identifier(statement.tokens[next]);
    if (part === undefined) return undefined;
    parts.push(/^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`);
    next += 1;
    if (statement.tokens[next]?.text !== ".") return { name: parts.join("."), next };
    next += 1;
  }
}
