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

/** A statement that holds its place in the text; its own text and its tokens are made when they are asked for. */
class Part implements Statement {
  readonly #sql: string;
  readonly start: number;
  readonly #end: number;

  constructor(sql: string, start: number, end: number) {
    this.#sql = sql;
    this.start = start;
    this.#end = end;
  }

  get text(): string {
    return this.#sql.slice(this.start, this.#end);
  }

  get tokens(): readonly Token[] {
    return tokenize(this.text);
  }
}

/** The statements of a text. Each is made when it is asked for: all of a long file take more memory than its text. */
export class Statements implements Iterable<Statement> {
  readonly #sql: string;
  /** Begin and end of each. */
  #bounds = new Uint32Array(64);
  #length = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  get length(): number {
    return this.#length;
  }

  add(start: number, end: number): void {
    const at = this.#length * 2;
    if (at === this.#bounds.length) {
      const longer = new Uint32Array(at * 2);
      longer.set(this.#bounds);
      this.#bounds = longer;
    }
    this.#bounds[at] = start;
    this.#bounds[at + 1] = end;
    this.#length += 1;
  }

  at(index: number): Statement | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return new Part(this.#sql, this.#bounds[index * 2] ?? 0, this.#bounds[index * 2 + 1] ?? 0);
  }

  *entries(): Generator<[number, Statement]> {
    for (let index = 0; index < this.#length; index += 1) {
      const statement = this.at(index);
      if (statement) yield [index, statement];
    }
  }

  *[Symbol.iterator](): Generator<Statement> {
    for (const [, statement] of this.entries()) yield statement;
  }
}

/** Splits a text at its top-level semicolons. Throws UnterminatedError. */
export function splitStatements(sql: string, onToken?: (token: Token | undefined) => void): Statements {
  const statements = new Statements(sql);
  /** Begin and end of the statement at hand; none before its first token. */
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
      statements.add(start, end);
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
  return { line, column: characters(sql.slice(lineStart, offset)) + 1 };
}

/** The number of characters in a text, as the server and people count them. */
export function characters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += widthAt(text, at)) count += 1;
  return count;
}

/** UTF-16 units of the character at an offset. */
export function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
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
