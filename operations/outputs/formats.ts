import { randomUUID } from "node:crypto";
import { secretWords } from "../stack/secretTexts.ts";
import type { Variable } from "./variables.ts";

/**
 * Lines `NAME=value` for a shell (`set -a; eval "$(…)"`) and for `node --env-file`. Every value reads back as it
 * was in a POSIX shell; in the env file of Node too, unless it holds both kinds of quotes.
 */
export function envLines(variables: readonly Variable[]): string {
  return variables.map(({ name, value }) => `${name}=${shellWord(value)}\n`).join("");
}

function shellWord(value: string): string {
  if (/^[\w@%+:,./-]+$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  // Nothing in it means anything between double quotes, which both readers take as it is.
  if (!/["$`\\\n!]/.test(value)) return `"${value}"`;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** One object, for scripts. */
export function jsonDocument(variables: readonly Variable[]): string {
  return `${JSON.stringify(Object.fromEntries(variables.map(({ name, value }) => [name, value])), null, 2)}\n`;
}

/**
 * The text that GitHub Actions takes from the file named by GITHUB_ENV or GITHUB_OUTPUT:
 * `NAME<<delimiter`, the value as it is, the delimiter. The delimiter is new at every call, so no value can end itself early and
 * set a variable of its own choice.
 */
export function githubFile(variables: readonly Variable[]): string {
  return variables
    .map(({ name, value }) => {
      const delimiter = `end-${randomUUID()}`;
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    })
    .join("");
}

/**
 * Commands by which GitHub's runner hides the secrets in its log, to be written before anything else: each
 * whole, line by line, and a URL's password by itself, in both of its spellings.
 */
export function githubMasks(variables: readonly Variable[]): string {
  const words = variables.filter(({ secret }) => secret).flatMap(({ value }) => secretWords(value));
  return [...new Set(words)].map((word) => `::add-mask::${commandData(word)}\n`).join("");
}

/** A workflow command ends with its line; these three are how the runner has them written. */
function commandData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
