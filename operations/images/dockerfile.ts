import { matchesGlob } from "node:path";
import type { GitTree } from "./gitTree.ts";

/**
 * Files and folders of the build context that a Dockerfile copies, as far as the commit has them.
 *
 * @param buildArguments - as in `AGENT_APP=simple-agent`; they go before the defaults of `ARG`
 */
export function contextOf(tree: GitTree, dockerfile: string, buildArguments: readonly string[]): string[] {
  const values = new Map<string, string>();
  const given = new Map(buildArguments.map((argument) => split(argument)));
  const found: string[] = [];
  for (const instruction of instructions(tree.read(dockerfile))) {
    const [word = "", ...rest] = instruction.split(/\s+/);
    if (/^arg$/i.test(word)) {
      for (const argument of rest) {
        const [name, fallback] = split(argument);
        values.set(name, given.get(name) ?? unquoted(fallback));
      }
    }
    if (!/^(copy|add)$/i.test(word) || rest.some((part) => /^--from=/i.test(part))) continue;
    for (const source of sources(instruction.slice(word.length)))
      found.push(...matching(tree, substituted(source, values)));
  }
  return [...new Set(found)].sort();
}

/** Logical lines: comments left out, continued lines joined. */
function instructions(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\[ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** All but the last word, which is where the copies go. Both forms: words, and a JSON list. */
function sources(text: string): string[] {
  const words = text.trim().split(/\s+/);
  while (words[0]?.startsWith("--") === true) words.shift();
  const rest = words.join(" ");
  if (!rest.startsWith("[")) return words.slice(0, -1);
  const parsed: unknown = JSON.parse(rest);
  return Array.isArray(parsed) ? parsed.slice(0, -1).map(String) : [];
}

function substituted(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, fallback: string | undefined, bare: string | undefined) =>
      values.get(braced ?? bare ?? "") ?? fallback ?? "",
  );
}

function matching(tree: GitTree, source: string): string[] {
  if (/^(https?|git):\/\//.test(source) || source.startsWith("<<")) return [];
  const path = source.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  if (path === "" || path === ".") return [""];
  if (!/[*?[]/.test(path)) return tree.objectOf(path) === undefined ? [] : [path];
  return tree.paths.filter((each) => matchesGlob(each, path));
}

function split(argument: string): [string, string] {
  const at = argument.indexOf("=");
  return at < 0 ? [argument, ""] : [argument.slice(0, at), argument.slice(at + 1)];
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
