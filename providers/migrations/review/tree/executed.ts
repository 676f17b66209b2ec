import { scan, type Token } from "../../files/lexer.ts";

/** Stands for what is known only when the code runs: to the server a letter, so a name wherever it stands. */
const unknown = "…";

/**
 * The SQL that EXECUTE runs, from its expression: a literal, literals joined by `||`, or `format` with a literal. An
 * unknown part becomes a name that no relation has.
 */
export function executedBy(expression: string): string {
  const tokens = [...scan(expression)];
  const [first, second, third] = tokens;
  if (/^format$/i.test(first?.text ?? "") && second?.text === "(" && third?.kind === "string")
    return valueOf(third.text).replaceAll(/%(?:\d+\$)?-?\d*([%sIL])/g, (_, kind) =>
      kind === "%" ? "%" : kind === "L" ? `'${unknown}'` : unknown,
    );
  return operandsOf(tokens).map(partOf).join("");
}

function operandsOf(tokens: readonly Token[]): Token[][] {
  const operands: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    if (token.text === "||" && depth === 0) operands.push([]);
    else operands.at(-1)?.push(token);
  }
  return operands;
}

function partOf([first, ...more]: readonly Token[]): string {
  if (first?.kind === "string" && more.length === 0) return valueOf(first.text);
  return /^quote_(literal|nullable)$/i.test(first?.text ?? "") ? `'${unknown}'` : unknown;
}

function valueOf(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag !== undefined) return literal.slice(tag.length, -tag.length);
  return literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
}
