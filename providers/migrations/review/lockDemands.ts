import type { Node } from "libpg-query";
import { alterTableDemands, referencesOf } from "./alterTable.ts";
import { codeOf } from "./tree/code.ts";
import { lockModes, type Demand, type LockMode } from "./lockModes.ts";
import type { Body, Parser } from "./tree/parser.ts";
import { hasOption, joined, nameOf, namesIn, relationsIn, strings, walk } from "./tree/tree.ts";

/** Demands of statements by the parser's name of their kind. */
const byKind: { readonly [Kind in string]?: (body: never) => Demand[] } = {
  AlterTableStmt: alterTableDemands,
  AlterPolicyStmt: ({ table }: Body<"AlterPolicyStmt">) => on("ACCESS EXCLUSIVE", table),
  AlterPublicationStmt: ({ pubobjects }: Body<"AlterPublicationStmt">) =>
    onAll("SHARE UPDATE EXCLUSIVE", pubobjects),
  AlterSeqStmt: ({ sequence }: Body<"AlterSeqStmt">) => on("SHARE ROW EXCLUSIVE", sequence),
  AlterObjectSchemaStmt: ({ relation }: Body<"AlterObjectSchemaStmt">) => on("ACCESS EXCLUSIVE", relation),
  AlterDomainStmt: ({ subtype, typeName, def }: Body<"AlterDomainStmt">): Demand[] => {
    const unchecked = def && "Constraint" in def && def.Constraint.skip_validation === true;
    if (!/^[COV]$/.test(subtype ?? "") || unchecked) return [];
    const mode = subtype === "V" ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    return [{ mode, name: joined(strings(typeName)), on: "users of type" }];
  },
  ClusterStmt: ({ relation }: Body<"ClusterStmt">) => on("ACCESS EXCLUSIVE", relation),
  CommentStmt: ({ objtype, object }: Body<"CommentStmt">) => described(objtype, object),
  CopyStmt: ({ relation, is_from }: Body<"CopyStmt">) => (is_from ? on("ROW EXCLUSIVE", relation) : []),
  CreatePolicyStmt: ({ table }: Body<"CreatePolicyStmt">) => on("ACCESS EXCLUSIVE", table),
  CreatePublicationStmt: ({ pubobjects }: Body<"CreatePublicationStmt">) =>
    onAll("SHARE UPDATE EXCLUSIVE", pubobjects),
  CreateStatsStmt: ({ relations }: Body<"CreateStatsStmt">) => onAll("SHARE UPDATE EXCLUSIVE", relations),
  CreateStmt: createTable,
  CreateForeignTableStmt: ({ base = {} }: Body<"CreateForeignTableStmt">) => createTable(base),
  CreateTrigStmt: ({ relation }: Body<"CreateTrigStmt">) => on("SHARE ROW EXCLUSIVE", relation),
  DropStmt: drop,
  IndexStmt: ({ relation, concurrent }: Body<"IndexStmt">) =>
    on(concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE", relation),
  LockStmt: ({ relations, mode = 8 }: Body<"LockStmt">) => {
    // Two weaker modes come first in the server's numbers: ACCESS SHARE and ROW SHARE.
    const named = lockModes[mode - 3];
    if (named === undefined) return [];
    const behind = relationsIn(relations).map((relation): Demand => ({
      mode: named,
      name: nameOf(relation),
      on: "all behind view",
    }));
    return [...onAll(named, relations), ...behind];
  },
  RefreshMatViewStmt: ({ relation, concurrent }: Body<"RefreshMatViewStmt">) =>
    on(concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE", relation),
  ReindexStmt: ({ kind, relation, params }: Body<"ReindexStmt">): Demand[] => {
    const mode = hasOption(params, "concurrently") ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
    if (kind === "REINDEX_OBJECT_TABLE") return on(mode, relation);
    return kind === "REINDEX_OBJECT_INDEX" ? [{ mode, name: nameOf(relation), on: "table of index" }] : [];
  },
  RenameStmt: ({ renameType, relation, behavior }: Body<"RenameStmt">): Demand[] => {
    // A type has no rows, but the tables that were made of it have.
    if (renameType === "OBJECT_ATTRIBUTE")
      return behavior === "DROP_CASCADE"
        ? [{ mode: "ACCESS EXCLUSIVE", name: nameOf(relation), on: "users of type" }]
        : [];
    // Renaming an index lets readers and writers of its table go on.
    return renameType === "OBJECT_INDEX" ? [] : on("ACCESS EXCLUSIVE", relation);
  },
  RuleStmt: ({ relation }: Body<"RuleStmt">) => on("ACCESS EXCLUSIVE", relation),
  SecLabelStmt: ({ objtype, object }: Body<"SecLabelStmt">) => described(objtype, object),
  TruncateStmt: ({ relations, behavior }: Body<"TruncateStmt">) => [
    ...onAll("ACCESS EXCLUSIVE", relations),
    ...(behavior === "DROP_CASCADE"
      ? relationsIn(relations).map((relation): Demand => ({
          mode: "ACCESS EXCLUSIVE",
          name: nameOf(relation),
          on: "all referenced by",
        }))
      : []),
  ],
  VacuumStmt: ({ rels, options, is_vacuumcmd }: Body<"VacuumStmt">): Demand[] => {
    const mode = is_vacuumcmd && hasOption(options, "full") ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
    return rels === undefined ? [{ mode, name: "", on: "every table" }] : onAll(mode, rels);
  },
  // Only where it is there already; CREATE VIEW refuses that.
  ViewStmt: ({ view, replace }: Body<"ViewStmt">) => (replace ? on("ACCESS EXCLUSIVE", view) : []),
};

/** The locks of a statement, with those of the statements within it. */
export function demandsOf(node: Node, parser: Parser): Demand[] {
  const [kind = "", body] = Object.entries(node)[0] ?? [];
  const own = (byKind[kind] as ((body: unknown) => Demand[]) | undefined)?.(body) ?? [];
  const inner = codeOf(node, parser).flatMap((part) =>
    // The server reads the body of a function when it is made, and runs it later.
    kind === "DoStmt" ? demandsOf(part, parser) : changedRows(part),
  );
  return [...own, ...changedRows(node), ...counted(node), ...inner];
}

/** The sequences that a statement surely uses: it has no rows to read that might not be there. */
function counted(node: Node): Demand[] {
  const calls =
    "SelectStmt" in node && node.SelectStmt.fromClause === undefined
      ? node.SelectStmt
      : "InsertStmt" in node && node.InsertStmt.selectStmt && "SelectStmt" in node.InsertStmt.selectStmt
        ? node.InsertStmt.selectStmt.SelectStmt.valuesLists
        : undefined;
  const demands: Demand[] = [];
  walk(calls, (kind, { funcname, args }) => {
    if (kind !== "FuncCall" || !/^(nextval|setval|currval)$/.test(strings(funcname as Node[]).at(-1) ?? ""))
      return;
    let [sequence] = args as (Node | undefined)[];
    while (sequence && "TypeCast" in sequence) sequence = sequence.TypeCast.arg;
    const name = sequence && "A_Const" in sequence ? sequence.A_Const.sval?.sval : undefined;
    if (name !== undefined) demands.push({ mode: "ROW EXCLUSIVE", name, on: "self" });
  });
  return demands;
}

/** The tables whose rows a statement or a part of it changes. */
function changedRows(node: Node): Demand[] {
  const demands: Demand[] = [];
  walk(node, (kind, { relation }) => {
    if (/^(Insert|Update|Delete|Merge)Stmt$/.test(kind))
      demands.push(...on("ROW EXCLUSIVE", relation as never), {
        mode: "ROW EXCLUSIVE",
        name: nameOf(relation as never),
        on: "written behind view",
      });
  });
  return demands;
}

function on(mode: LockMode, relation: Parameters<typeof nameOf>[0]): Demand[] {
  return relation === undefined ? [] : [{ mode, name: nameOf(relation), on: "self" }];
}

function onAll(mode: LockMode, nodes: readonly Node[] | undefined): Demand[] {
  return relationsIn(nodes).flatMap((relation) => on(mode, relation));
}

function createTable(statement: Body<"CreateStmt">): Demand[] {
  const { relation, inhRelations, partbound, tableElts = [], constraints = [] } = statement;
  if (relation?.relpersistence === "t") return [];
  const parents = relationsIn(inhRelations);
  const heavy: LockMode = "ACCESS EXCLUSIVE";
  return [
    ...parents.flatMap((parent): Demand[] => {
      const name = nameOf(parent);
      if (!partbound) return [{ mode: "SHARE UPDATE EXCLUSIVE", name, on: "self" }];
      return [
        { mode: heavy, name, on: "self" },
        { mode: heavy, name, on: "default partition" },
        { mode: "SHARE ROW EXCLUSIVE", name, on: "references" },
        { mode: "SHARE ROW EXCLUSIVE", name, on: "referenced by" },
      ];
    }),
    ...referencesOf(...tableElts, ...constraints),
  ];
}

/** COMMENT ON and SECURITY LABEL ON. */
function described(objtype: Body<"CommentStmt">["objtype"], object: Node | undefined): Demand[] {
  const parts = namesIn(object);
  switch (objtype as string) {
    case "OBJECT_TABLE":
    case "OBJECT_VIEW":
    case "OBJECT_MATVIEW":
    case "OBJECT_SEQUENCE":
    case "OBJECT_FOREIGN_TABLE":
      return [{ mode: "SHARE UPDATE EXCLUSIVE", name: joined(parts), on: "self" }];
    case "OBJECT_COLUMN":
      return [{ mode: "SHARE UPDATE EXCLUSIVE", name: joined(parts.slice(0, -1)), on: "self" }];
    default:
      return [];
  }
}

function drop({ removeType, objects = [], behavior, concurrent }: Body<"DropStmt">): Demand[] {
  const mode: LockMode = "ACCESS EXCLUSIVE";
  const cascades = behavior === "DROP_CASCADE";
  return objects.flatMap((object): Demand[] => {
    const parts = namesIn(object);
    const name = joined(parts);
    const dependents: Demand[] = cascades ? [{ mode, name, on: "dependents" }] : [];
    switch (removeType as string) {
      case "OBJECT_TABLE":
      case "OBJECT_FOREIGN_TABLE":
        return [
          { mode, name, on: "self" },
          { mode, name, on: "parent" },
          { mode, name, on: "references" },
          ...(cascades ? ([{ mode, name, on: "referenced by" }] as const) : []),
          ...dependents,
        ];
      case "OBJECT_VIEW":
      case "OBJECT_MATVIEW":
      case "OBJECT_SEQUENCE":
        return [{ mode, name, on: "self" }, ...dependents];
      case "OBJECT_INDEX":
        return [
          { mode: concurrent ? "SHARE UPDATE EXCLUSIVE" : mode, name, on: "table of index" },
          ...(cascades ? ([{ mode, name, on: "dependents" }] as const) : []),
        ];
      case "OBJECT_TRIGGER":
      case "OBJECT_RULE":
      case "OBJECT_POLICY":
        return [{ mode, name: joined(parts.slice(0, -1)), on: "self", part: parts.at(-1) ?? "" }];
      case "OBJECT_STATISTIC_EXT":
        return [{ mode: "SHARE UPDATE EXCLUSIVE", name, on: "table of statistics" }];
      default:
        return dependents;
    }
  });
}
