import type { Node } from "libpg-query";
import type { Parser } from "./parser.ts";
import { namesIn } from "./tree.ts";

/** The statements in the code of a DO block in PL/pgSQL, or of a function in SQL; what is not read is left out. */
export function codeOf(node: Node, { parse, statementsOf }: Parser): Node[] {
  const options =
    "DoStmt" in node
      ? node.DoStmt.args
      : "CreateFunctionStmt" in node
        ? node.CreateFunctionStmt.options
        : undefined;
  if (options === undefined) return [];
  const value = (name: string): string[] =>
    options.flatMap((option) =>
      "DefElem" in option && option.DefElem.defname === name ? namesIn(option.DefElem.arg) : [],
    );
  const [language = "plpgsql"] = value("language");
  const [source = ""] = value("as");
  const texts =
    "DoStmt" in node
      ? language === "plpgsql"
        ? statementsOf(source)
        : []
      : language === "sql"
        ? [source]
        : [];
  return texts.map((text) => parse(text)).filter((parsed) => typeof parsed !== "string");
}
