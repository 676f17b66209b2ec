/**
 * SQL that is put together only while it is sent. A file can be tens of megabytes long, and each text that holds it as
 * a part would be one more copy of it.
 */
export type Sql = string | Literal | readonly Sql[];

/** A text as a literal of SQL (standard_conforming_strings on). */
export class Literal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Characters of a piece, at most. */
const longestPiece = 65_536;

/** The SQL in pieces, the same each time it is asked for. */
export function* piecesOf(sql: Sql): Generator<string> {
  if (typeof sql === "string") yield* sliced(sql);
  else if (sql instanceof Literal) {
    yield "'";
    for (const piece of sliced(sql.text)) yield piece.replaceAll("'", "''");
    yield "'";
  } else for (const part of sql) yield* piecesOf(part);
}

function* sliced(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const to = from + longestPiece;
    // Both halves of a surrogate pair are one character in UTF-8.
    const end = to < text.length && isLowSurrogate(text.charCodeAt(to)) ? to + 1 : to;
    yield text.slice(from, end);
    from = end;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Statements one after another. */
export function statementsOf(statements: readonly Sql[]): Sql {
  return statements.flatMap((statement) => [statement, ";\n"]);
}
