import type { AlterTableCmd, Node, RangeVar } from "libpg-query";
import { nameOf, namesIn, opened, strings, walk } from "../review/tree/tree.ts";

/** The treatment of a statement when its file is rehearsed. */
export type Part =
  /** Makes or changes objects: run in the scratch schema once all that it names is seen to lie there. */
  | { readonly kind: "run"; readonly needs: Needs; readonly optional: boolean; readonly ending?: string }
  /** Works on rows, runs code or sets what no comparison sees: not run. */
  | { readonly kind: "skip"; readonly unseen: boolean; readonly code: boolean }
  /** Makes an object outside of the scratch schema, which can only be looked for. */
  | {
      readonly kind: "look";
      readonly what: "table" | "schema" | "extension";
      readonly name: readonly string[];
      readonly optional: boolean;
    }
  | { readonly kind: "drop"; readonly names: readonly (readonly string[])[] }
  | { readonly kind: "path"; readonly schemas: readonly string[] | undefined }
  | { readonly kind: "refuse"; readonly reason: string };

/** Names in a statement. */
export interface Needs {
  /** Relations that must lie in the scratch schema. */
  readonly relations: readonly string[];
  /** Types and functions that it changes or drops, which must too. */
  readonly objects: readonly string[];
  /** Functions that may be run when the server plans it: they must be PostgreSQL's own and change nothing. */
  readonly planned: readonly string[];
  /** Functions of a new column's default: run, unless they are volatile. */
  readonly defaults: readonly string[];
  readonly operators: readonly string[];
  /** Whether the server plans an expression: then casts and orders of values may be run that nobody names. */
  readonly evaluates: boolean;
  /** Tables and domains whose checks it may try, or reason about. */
  readonly altered: readonly string[];
  /** All of these that it names: a constant becomes a value of a type, and is checked, while the statement is read. */
  readonly named: Record<"types" | "functions" | "operators", readonly string[]>;
}

const ran = new Set(
  "CreateStmt IndexStmt ViewStmt CreateTableAsStmt CreateSeqStmt AlterSeqStmt CreateEnumStmt AlterEnumStmt CompositeTypeStmt CreateDomainStmt AlterDomainStmt CreateFunctionStmt CreateTrigStmt AlterTableStmt RenameStmt DropStmt".split(
    " ",
  ),
);
const code = new Set(["DoStmt", "CallStmt", "SelectStmt"]);
const onRows = new Set(
  "InsertStmt UpdateStmt DeleteStmt MergeStmt CopyStmt TruncateStmt RefreshMatViewStmt".split(" "),
);
const unseen = new Set(
  "VariableSetStmt VariableShowStmt CommentStmt GrantStmt AlterDefaultPrivilegesStmt TransactionStmt NotifyStmt ListenStmt UnlistenStmt VacuumStmt ReindexStmt ClusterStmt LockStmt ExplainStmt CreatePolicyStmt AlterPolicyStmt RuleStmt CreateStatsStmt ConstraintsSetStmt CheckPointStmt DiscardStmt SecLabelStmt PrepareStmt DeallocateStmt ClosePortalStmt".split(
    " ",
  ),
);

/** Says what becomes of a statement. */
export function partOfRehearsal(node: Node): Part {
  const [kind] = opened(node);
  if (
    "VariableSetStmt" in node &&
    (node.VariableSetStmt.name === "search_path" || node.VariableSetStmt.kind === "VAR_RESET_ALL")
  ) {
    const { kind: how, args = [] } = node.VariableSetStmt;
    const schemas = args.flatMap((arg) => ("A_Const" in arg ? [arg.A_Const.sval?.sval ?? ""] : []));
    return { kind: "path", schemas: how === "VAR_SET_VALUE" ? schemas : undefined };
  }
  if ("SelectStmt" in node && node.SelectStmt.intoClause)
    return { kind: "refuse", reason: "SELECT INTO takes its columns from a query" };
  if (code.has(kind)) return { kind: "skip", unseen: true, code: true };
  if (onRows.has(kind)) return { kind: "skip", unseen: true, code: false };
  if (unseen.has(kind)) return { kind: "skip", unseen: false, code: false };
  if ("CreateExtensionStmt" in node) {
    const { extname = "", if_not_exists: optional = false } = node.CreateExtensionStmt;
    return { kind: "look", what: "extension", name: [extname], optional };
  }
  if ("CreateSchemaStmt" in node && !node.CreateSchemaStmt.schemaElts) {
    const { schemaname = "", if_not_exists: optional = false } = node.CreateSchemaStmt;
    return { kind: "look", what: "schema", name: [schemaname], optional };
  }
  if (!ran.has(kind)) return { kind: "refuse", reason: `${words(kind)} reaches beyond one schema` };
  return ofObjects(node);
}

/** `CreateRoleStmt` as a person says it. */
function words(kind: string): string {
  return kind
    .replace(/Stmt$/, "")
    .replaceAll(/(?!^)([A-Z])/g, " $1")
    .toUpperCase();
}

function ofObjects(node: Node): Part {
  if ("CreateStmt" in node && node.CreateStmt.relation?.schemaname !== undefined) {
    const { relation, if_not_exists: optional = false } = node.CreateStmt;
    return {
      kind: "look",
      what: "table",
      name: [relation.schemaname ?? "", relation.relname ?? ""],
      optional,
    };
  }
  if ("CreateFunctionStmt" in node) {
    const language = node.CreateFunctionStmt.options?.flatMap((option) =>
      "DefElem" in option && option.DefElem.defname === "language" ? namesIn(option.DefElem.arg) : [],
    );
    if (language?.[0] && !/^(sql|plpgsql)$/.test(language[0]))
      return { kind: "refuse", reason: `a function in ${language[0]} is checked by code of that language` };
  }
  if ("CreateTableAsStmt" in node && !("SelectStmt" in (node.CreateTableAsStmt.query ?? {})))
    return { kind: "refuse", reason: "CREATE TABLE AS EXECUTE runs a prepared statement" };
  if ("DropStmt" in node) {
    const names = (node.DropStmt.objects ?? []).map(namesIn);
    const inTable = /^OBJECT_(TRIGGER|POLICY|RULE)$/.test(node.DropStmt.removeType ?? "") ? 1 : 0;
    if (names.some((parts) => parts.length > 1 + inTable)) return { kind: "drop", names };
  }
  const qualified = qualifiedIn(node);
  if (qualified !== undefined) return { kind: "refuse", reason: `it names ${qualified} by its schema` };
  const optional = "DropStmt" in node && node.DropStmt.missing_ok === true;
  return {
    kind: "run",
    needs: needsOf(node),
    optional,
    ...("CreateTableAsStmt" in node ? { ending: "WITH NO DATA" } : {}),
  };
}

/** The relation, type or function that the statement makes or changes outside of the scratch schema. */
function qualifiedIn(node: Node): string | undefined {
  const relation = relationsWithin(node).find(({ schemaname }) => schemaname !== undefined);
  const names = [
    ...("CreateFunctionStmt" in node ? [strings(node.CreateFunctionStmt.funcname)] : []),
    ...("CreateEnumStmt" in node ? [strings(node.CreateEnumStmt.typeName)] : []),
    ...("AlterEnumStmt" in node ? [strings(node.AlterEnumStmt.typeName)] : []),
    ...("CreateDomainStmt" in node ? [strings(node.CreateDomainStmt.domainname)] : []),
    ...("AlterDomainStmt" in node ? [strings(node.AlterDomainStmt.typeName)] : []),
    ...("RenameStmt" in node ? [namesIn(node.RenameStmt.object)] : []),
  ];
  return relation ? nameOf(relation) : names.find((parts) => parts.length > 1)?.join(".");
}

function needsOf(node: Node): Needs {
  const relations = new Set(relationsWithin(node).map(({ relname = "" }) => relname));
  walk(node, (kind, { ctename }) => {
    if (kind === "CommonTableExpr") relations.delete(String(ctename));
  });
  for (const name of madeBy(node)) relations.delete(name);
  const objects: string[] = [];
  if ("DropStmt" in node) {
    const { removeType, objects: dropped = [] } = node.DropStmt;
    for (const object of dropped) {
      const parts = namesIn(object);
      if (/^OBJECT_(TABLE|VIEW|MATVIEW|INDEX|SEQUENCE|FOREIGN_TABLE)$/.test(removeType ?? ""))
        relations.add(parts[0] ?? "");
      else if (/^OBJECT_(TRIGGER|POLICY|RULE)$/.test(removeType ?? "")) relations.add(parts[0] ?? "");
      else objects.push(parts.at(-1) ?? "");
    }
  }
  if ("AlterEnumStmt" in node) objects.push(...strings(node.AlterEnumStmt.typeName));
  if ("AlterDomainStmt" in node) objects.push(...strings(node.AlterDomainStmt.typeName));
  if ("RenameStmt" in node && !node.RenameStmt.relation)
    objects.push(...namesIn(node.RenameStmt.object).slice(-1));
  const altered = "AlterTableStmt" in node ? [...relations] : "AlterDomainStmt" in node ? objects : [];
  return { relations: [...relations], objects, ...expressionsOf(node), altered, named: namedIn(node) };
}

function namedIn(node: Node): Needs["named"] {
  const functions = new Set<string>();
  const operators = new Set<string>();
  walk(node, (kind, { funcname, name }) => {
    if (kind === "FuncCall") functions.add(strings(funcname as Node[]).at(-1) ?? "");
    if (kind === "A_Expr") operators.add(strings(name as Node[]).at(-1) ?? "");
  });
  return { types: [...new Set(typesWithin(node))], functions: [...functions], operators: [...operators] };
}

/** In fields a type's name is bare, as a relation's is. */
function typesWithin(tree: unknown): string[] {
  if (typeof tree !== "object" || tree === null) return [];
  const own = "names" in tree && "typemod" in tree ? strings(tree.names as Node[]).slice(-1) : [];
  return [...own, ...Object.values(tree).flatMap(typesWithin)];
}

/** Every relation that is named anywhere in a tree: in lists it is a node of its own, in fields it is bare. */
function relationsWithin(tree: unknown): RangeVar[] {
  if (typeof tree !== "object" || tree === null) return [];
  const own = "relname" in tree && "relpersistence" in tree ? [tree as RangeVar] : [];
  return [...own, ...Object.values(tree).flatMap(relationsWithin)];
}

function madeBy(node: Node): string[] {
  if ("CreateStmt" in node) return [node.CreateStmt.relation?.relname ?? ""];
  if ("ViewStmt" in node) return [node.ViewStmt.view?.relname ?? ""];
  if ("CreateTableAsStmt" in node) return [node.CreateTableAsStmt.into?.rel?.relname ?? ""];
  if ("CreateSeqStmt" in node) return [node.CreateSeqStmt.sequence?.relname ?? ""];
  if ("CompositeTypeStmt" in node) return [node.CompositeTypeStmt.typevar?.relname ?? ""];
  return [];
}

/** The expressions that the server only keeps are left out: queries of views, code, defaults and checks of new tables. */
function expressionsOf(node: Node): Pick<Needs, "planned" | "defaults" | "operators" | "evaluates"> {
  const [planned, defaults, operators] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let evaluates = false;
  const gather = (tree: unknown, functions: Set<string>): void =>
    walk(tree, (kind, { funcname, name, arg }) => {
      evaluates ||= /^(FuncCall|A_Expr|A_Const|SQLValueFunction|PartitionElem)$/.test(kind);
      if (kind === "FuncCall") functions.add(strings(funcname as Node[]).join("."));
      if (kind === "A_Expr") for (const one of meant(strings(name as Node[]))) operators.add(one);
      if (kind === "CaseExpr" && arg !== undefined) operators.add("=");
    });
  const column = (part: Node, added: boolean): void => {
    if ("ColumnDef" in part) {
      for (const inner of part.ColumnDef.constraints ?? []) column(inner, added);
      if (added) gather(part.ColumnDef.raw_default, defaults);
    } else if ("Constraint" in part) {
      const { contype, raw_expr: expression } = part.Constraint;
      if (contype === "CONSTR_DEFAULT") {
        if (added) gather(expression, defaults);
      } else if (contype !== "CONSTR_CHECK" || added) gather(part, planned);
    } else gather(part, planned);
  };
  if ("CreateStmt" in node) {
    const { tableElts = [], constraints = [], partbound, partspec } = node.CreateStmt;
    for (const part of [...tableElts, ...constraints]) column(part, false);
    gather([partbound, partspec], planned);
  } else if ("AlterTableStmt" in node)
    for (const part of node.AlterTableStmt.cmds ?? []) {
      const { subtype, def } = "AlterTableCmd" in part ? part.AlterTableCmd : ({} as AlterTableCmd);
      if (def === undefined || subtype === "AT_ColumnDefault") continue;
      if (subtype === "AT_AlterColumnType") gather(def, planned);
      else column(def, true);
    }
  else if ("IndexStmt" in node) gather(node, planned);
  else if ("AlterDomainStmt" in node) gather(node, planned);
  return { planned: [...planned], defaults: [...defaults], operators: [...operators], evaluates };
}

/** The operators that an expression comes to, of which BETWEEN names none. */
function meant(name: readonly string[]): readonly string[] {
  const last = name.at(-1) ?? "";
  return /BETWEEN/.test(last) ? ["<", "<=", ">=", ">"] : [last];
}
