import { identifier, scan, tokenize, type Token } from "./lexer.ts";

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

/** A statement that holds its place in the text; its tokens are made when they are asked for. */
class Part implements Statement {
  readonly text: string;
  readonly start: number;

  constructor(text: string, start: number) {
    this.text = text;
    this.start = start;
  }

  get tokens(): readonly Token[] {
    return tokenize(this.text);
  }
}

/** Splits a text at its top-level semicolons. Throws UnterminatedError. */
export function splitStatements(sql: string, onToken?: (token: Token | undefined) => void): Statement[] {
  const statements: Statement[] = [];
  /** Where the statement at hand begins and ends; none before its first token. */
  let start = -1;
  let end = -1;
  let before = "";
  // Semicolons inside parentheses (CREATE RULE) and inside BEGIN ATOMIC … END (SQL functions) do not split.
  let parentheses = 0;
  let blocks = 0;
  const add = (token: Token): void => {
    if (start < 0) start = token.start;
    end = token.end;
    before = token.text;
    onToken?.(token);
  };
  const finish = (): void => {
    if (start >= 0) {
      statements.push(new Part(sql.slice(start, end), start));
      onToken?.(undefined);
    }
    start = -1;
    before = "";
    parentheses = 0;
    blocks = 0;
  };
  for (const token of scan(sql)) {
    if (token.text === ";" && parentheses === 0 && blocks === 0) {
      finish();
      continue;
    }
    // psql ends its commands with the line, whatever stands around them.
    if (token.kind === "meta") {
      finish();
      add(token);
      finish();
      continue;
    }
    if (token.text === "(") parentheses += 1;
    if (token.text === ")") parentheses = Math.max(0, parentheses - 1);
    // Behind AS and a dot every word is a name.
    if (token.kind === "word" && !/^(AS|\.)$/i.test(before)) {
      const name = token.text.toUpperCase();
      if (name === "ATOMIC" && before.toUpperCase() === "BEGIN") blocks += 1;
      else if (name === "CASE" && blocks > 0) blocks += 1;
      else if (name === "END" && blocks > 0) blocks -= 1;
    }
    add(token);
  }
  finish();
  return statements;
}

/** Whether a statement changes rows: these can be many and long, and no rule on statements is about them. */
export function isOnRows(text: string): boolean {
  return /^(?:INSERT|UPDATE|DELETE|MERGE)\b/i.test(text);
}

/** The place of an offset in a text. */
export function placeOf(sql: string, offset: number): Place {
  const lineStart = offset === 0 ? 0 : sql.lastIndexOf("\n", offset - 1) + 1;
  let line = 1;
  for (let at = sql.indexOf("\n"); at >= 0 && at < lineStart; at = sql.indexOf("\n", at + 1)) line += 1;
  return { line, column: [...sql.slice(lineStart, offset)].length + 1 };
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
