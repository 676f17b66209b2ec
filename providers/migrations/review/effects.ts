import type { Node } from "libpg-query";
import { droppedKey, type Names } from "./facts.ts";
import type { Demand } from "./lockModes.ts";
import { demandsOf } from "./lockDemands.ts";
import type { Body, Parsed, Parser } from "./tree/parser.ts";
import { nameOf, quoted } from "./tree/tree.ts";
import { dangersOf, type Danger } from "./warnings.ts";

/** The effects of one statement on relations, as far as its text tells. */
export interface Effects {
  readonly demands: readonly Demand[];
  readonly dangers: readonly Danger[];
  /** The table or view it makes. */
  readonly makes?: string;
  /** The trigger, policy or rule it makes, see partOf. */
  readonly makesPart?: string;
  /** It leaves one as it is that is there already. */
  readonly ifNotExists?: boolean;
  /** The schemas it puts on the search path; `default` takes them off again. */
  readonly searchPath?: readonly string[] | "default";
}

/** Works out effects; statements that read alike share theirs. */
export function effectsBy(parser: Parser): (statement: string) => Effects {
  const known = new WeakMap<object, Effects>();
  return (statement) => {
    const parsed = parser.parse(statement);
    if (typeof parsed === "string") return unread(parsed);
    const before = known.get(parsed);
    if (before !== undefined) return before;
    const effects = effectsOf(parsed, parser);
    known.set(parsed, effects);
    return effects;
  };
}

function unread(reason: Exclude<Parsed, Node>): Effects {
  const text = `not analysed, for PostgreSQL's parser of version 18 cannot read it: ${reason}`;
  return { demands: [], dangers: [{ risk: "lock", text }] };
}

function effectsOf(node: Node, parser: Parser): Effects {
  return {
    demands: demandsOf(node, parser),
    dangers: dangersOf(node, parser),
    ...made(node),
    ...pathSet(node),
  };
}

/** The name of a trigger, policy or rule of a table. */
export function partOf(table: string, part: string): string {
  return `${part} on ${table}`;
}

function made(node: Node): Pick<Effects, "makes" | "makesPart" | "ifNotExists"> {
  if ("CreateTrigStmt" in node)
    return { makesPart: partOf(nameOf(node.CreateTrigStmt.relation), node.CreateTrigStmt.trigname ?? "") };
  if ("CreatePolicyStmt" in node)
    return {
      makesPart: partOf(nameOf(node.CreatePolicyStmt.table), node.CreatePolicyStmt.policy_name ?? ""),
    };
  if ("RuleStmt" in node)
    return { makesPart: partOf(nameOf(node.RuleStmt.relation), node.RuleStmt.rulename ?? "") };
  if ("CreateStmt" in node) return table(node.CreateStmt);
  if ("CreateForeignTableStmt" in node) return table(node.CreateForeignTableStmt.base ?? {});
  if ("CreateTableAsStmt" in node) {
    const { into, if_not_exists: ifNotExists = false } = node.CreateTableAsStmt;
    return { makes: nameOf(into?.rel), ifNotExists };
  }
  if ("ViewStmt" in node)
    return { makes: nameOf(node.ViewStmt.view), ifNotExists: node.ViewStmt.replace ?? false };
  if ("SelectStmt" in node && node.SelectStmt.intoClause)
    return { makes: nameOf(node.SelectStmt.intoClause.rel) };
  return {};
}

function table({ relation, if_not_exists: ifNotExists = false }: Body<"CreateStmt">) {
  return { makes: nameOf(relation), ifNotExists };
}

function pathSet(node: Node): Pick<Effects, "searchPath"> {
  if (!("VariableSetStmt" in node)) return {};
  const { kind, name, args = [] } = node.VariableSetStmt;
  if (kind === "VAR_RESET_ALL") return { searchPath: "default" };
  if (name !== "search_path") return {};
  if (kind !== "VAR_SET_VALUE") return { searchPath: "default" };
  return {
    searchPath: args.flatMap((arg) =>
      "A_Const" in arg && arg.A_Const.sval ? [arg.A_Const.sval.sval ?? ""] : [],
    ),
  };
}

/** The names that a relation's may stand for, where a file has put schemas on the search path. */
export function candidatesOn(path: readonly string[] | undefined): (name: string) => readonly string[] {
  return (name) => {
    if (path === undefined || isQualified(name)) return [name];
    return path.map((schema) => `${quoted(schema)}.${name}`);
  };
}

function isQualified(name: string): boolean {
  return /^(?:"(?:[^"]|"")*"|[^".]*)\./.test(name);
}

/** Gathers the names that the catalogue has to be asked for. */
export class NameList implements Names {
  readonly relations = new Set<string>();
  readonly dropped = new Set<string>();
  readonly types = new Set<string>();
  readonly statistics = new Set<string>();

  add(
    { demands, dangers, makes, ifNotExists }: Effects,
    candidates: (name: string) => readonly string[],
  ): void {
    for (const { name, on, column } of demands) {
      if (on === "every table") continue;
      const list = this.#listOf(on);
      for (const candidate of candidates(name))
        list.add(on === "dependents" ? droppedKey(candidate, column) : candidate);
    }
    for (const { table } of dangers)
      for (const candidate of table === undefined ? [] : candidates(table)) this.relations.add(candidate);
    if (makes !== undefined && ifNotExists)
      for (const candidate of candidates(makes)) this.relations.add(candidate);
  }

  #listOf(on: Demand["on"]): Set<string> {
    if (on === "dependents") return this.dropped;
    if (on === "users of type") return this.types;
    return on === "table of statistics" ? this.statistics : this.relations;
  }
}
