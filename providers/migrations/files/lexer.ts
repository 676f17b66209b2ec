/** One lexical element of an SQL text. White space and comments are not among them. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "operator" | "punctuation" | "meta";
  readonly text: string;
  /** Offset of the first UTF-16 unit in the text. */
  readonly start: number;
  readonly end: number;
}

/**
 * A class, since the engine of JavaScript makes object literals among its long-lived objects once many of them have
 * lived for a while: the millions of tokens of a long file would stay in memory until its next full collection.
 */
class Lexeme implements Token {
  readonly kind: Token["kind"];
  readonly text: string;
  readonly start: number;
  readonly end: number;
  constructor(kind: Token["kind"], text: string, start: number) {
    this.kind = kind;
    this.text = text;
    this.start = start;
    this.end = start + text.length;
  }
}

/** A text that cannot be split into tokens: something opened is never closed. */
export class UnterminatedError extends Error {
  override readonly name = "UnterminatedError";
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(`${what} is never closed`);
    this.offset = offset;
  }
}

// Sticky patterns, in the order PostgreSQL's own scanner prefers them (chapter 4.1, lexical structure). A comment ends
// at a carriage return too; further characters that Unicode counts as space are letters to PostgreSQL.
const space = /[ \t\n\r\f\v]+|--[^\n\r]*/y;
const openingQuote = /(?:[eEbBxXnN]|[uU]&)?'|(?:[uU]&)?"/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /\d[\w.]*|\.\d[\w.]*|\$\d+/y;
const operatorCharacter = /[-+*/<>=~!@#%^&|`?]/;

/** Splits an SQL text into tokens the way the server does (standard_conforming_strings on). */
export function tokenize(sql: string): Token[] {
  return [...scan(sql)];
}

/** The same one after another: of a long text, all tokens at once take twenty times its memory. */
export function* scan(sql: string): Generator<Token, void, undefined> {
  let last: Token | undefined;
  let at = 0;
  /** Whether a backslash takes the next character along in the last quoted string. */
  let escapes = false;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  const take = (kind: Token["kind"], text: string): Token => {
    last = new Lexeme(kind, text, at);
    at += text.length;
    return last;
  };
  while (at < sql.length) {
    const skipped = match(space);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (sql.startsWith("/*", at)) {
      at = endOfComment(sql, at);
      continue;
    }
    const opening = match(openingQuote);
    if (opening !== undefined) {
      // A string that is opened again on a later line goes on as what it was.
      const goesOn = opening === "'" && last?.kind === "string" && /[\n\r]/.test(sql.slice(last.end, at));
      escapes = /^e/i.test(opening) || (escapes && goesOn);
      const text = sql.slice(at, endOfQuote(sql, at, opening, escapes));
      yield take(opening.endsWith('"') ? "quoted" : "string", text);
      continue;
    }
    const tag = match(dollarTag);
    if (tag !== undefined) {
      const close = sql.indexOf(tag, at + tag.length);
      if (close < 0) throw new UnterminatedError(`the dollar quote ${tag}`, at);
      yield take("string", sql.slice(at, close + tag.length));
      continue;
    }
    const named = match(word);
    const digits = named === undefined ? match(number) : undefined;
    if (named !== undefined) yield take("word", named);
    else if (digits !== undefined) yield take("number", digits);
    else if (sql[at] === "\\") yield take("meta", match(/\\[^\n\r]*/y) ?? "\\");
    else yield take(...symbol(sql, at));
  }
}

function symbol(sql: string, at: number): [Token["kind"], string] {
  let end = at;
  while (operatorCharacter.test(sql[end] ?? "")) {
    // A comment ends an operator.
    if (end > at && (sql.startsWith("--", end) || sql.startsWith("/*", end))) break;
    end += 1;
  }
  // A sign at the end is the operand's, unless one of these stands before it.
  while (end > at + 1 && /[-+]/.test(sql[end - 1] ?? "") && !/[~!@#%^&|`?]/.test(sql.slice(at, end)))
    end -= 1;
  if (end > at) return ["operator", sql.slice(at, end)];
  if (sql.startsWith("::", at) || sql.startsWith(":=", at)) return ["operator", sql.slice(at, at + 2)];
  return ["punctuation", String.fromCodePoint(sql.codePointAt(at) ?? 0)];
}

/** A quote character inside is written twice. */
function endOfQuote(sql: string, start: number, opening: string, escapes: boolean): number {
  const quote = opening.slice(-1);
  for (let at = start + opening.length; at < sql.length; at += 1) {
    if (escapes && sql[at] === "\\") at += 1;
    else if (sql[at] !== quote) continue;
    else if (sql[at + 1] === quote) at += 1;
    else return at + 1;
  }
  throw new UnterminatedError(`the quote ${opening}`, start);
}

/** Block comments nest in PostgreSQL. */
function endOfComment(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  for (let depth = 0; ;) {
    const found = edge.exec(sql);
    if (found === null) throw new UnterminatedError("a comment", start);
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
}

/** The identifier a token stands for: folded to lower case unless quoted; undefined for other tokens. */
export function identifier(token: Token | undefined): string | undefined {
  // The server folds no other letters where they take several bytes.
  if (token?.kind === "word") return token.text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (token?.kind !== "quoted") return undefined;
  const name = token.text.slice(token.text.indexOf('"') + 1, -1).replaceAll('""', '"');
  return /^u/i.test(token.text) ? name.replace(unicodeEscape, unescaped) : name;
}

/** An escape in U&"…" without a UESCAPE of its own. */
const unicodeEscape = /\\(?:\\|([0-9a-f]{4})|\+((?:0[0-9a-f]|10)[0-9a-f]{4}))/gi;

function unescaped(_: string, unit: string | undefined, codePoint: string | undefined): string {
  if (unit !== undefined) return String.fromCharCode(parseInt(unit, 16));
  return codePoint === undefined ? "\\" : String.fromCodePoint(parseInt(codePoint, 16));
}
