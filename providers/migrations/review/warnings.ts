import type { Node } from "libpg-query";
import { alterTableDangers } from "./alterWarnings.ts";
import { codeOf } from "./tree/code.ts";
import type { Body, Parser } from "./tree/parser.ts";
import { hasOption, joined, nameOf, namesIn, relationsIn, walk } from "./tree/tree.ts";

/** A risk that a reviewer should know of before a statement runs. */
export interface Warning {
  /** `data`: rows or objects are gone afterwards; `lock`: readers or writers wait, or something fails or breaks. */
  readonly risk: "data" | "lock";
  readonly text: string;
}

/** A warning that depends on a table: harmless where the plan itself makes it. */
export interface Danger extends Warning {
  readonly table?: string;
  /** Added where the table has rows. */
  readonly withRows?: (rows: string) => string;
}

const byKind: { readonly [Kind in string]?: (body: never) => Danger[] } = {
  AlterTableStmt: alterTableDangers,
  CallStmt: () => [{ risk: "lock", text: "CALL: what its code locks and changes is not analysed" }],
  ClusterStmt: ({ relation }: Body<"ClusterStmt">) =>
    onTable(relation, "lock", "CLUSTER rewrites the table and blocks reads and writes"),
  DoStmt: () => [
    {
      risk: "lock",
      text: "DO: its statements are read as if all of them ran; what its EXECUTE and functions do is not analysed",
    },
  ],
  DropOwnedStmt: () => [{ risk: "data", text: "DROP OWNED is irreversible" }],
  DropdbStmt: () => [{ risk: "data", text: "DROP DATABASE is irreversible" }],
  DropStmt: drop,
  IndexStmt: ({ relation, concurrent }: Body<"IndexStmt">) =>
    concurrent
      ? []
      : onTable(
          relation,
          "lock",
          `CREATE INDEX without CONCURRENTLY blocks writes to ${nameOf(relation)} while the index is built`,
        ),
  RefreshMatViewStmt: ({ relation, concurrent }: Body<"RefreshMatViewStmt">) =>
    concurrent
      ? []
      : onTable(
          relation,
          "lock",
          "REFRESH MATERIALIZED VIEW without CONCURRENTLY blocks reads while it runs",
        ),
  ReindexStmt: ({ params }: Body<"ReindexStmt">) =>
    hasOption(params, "concurrently")
      ? []
      : [{ risk: "lock", text: "REINDEX without CONCURRENTLY blocks writes while the index is built" }],
  RenameStmt: ({ renameType, relation }: Body<"RenameStmt">) =>
    // Queries do not name these.
    /^OBJECT_(TABCONSTRAINT|DOMCONSTRAINT|INDEX|TRIGGER|POLICY|RULE)$/.test(renameType ?? "")
      ? []
      : onTable(relation, "lock", "RENAME breaks whatever still uses the old name"),
  RuleStmt: ({ relation, instead }: Body<"RuleStmt">) =>
    instead
      ? onTable(relation, "lock", `CREATE RULE replaces what statements on ${nameOf(relation)} do`)
      : [],
  TruncateStmt: ({ relations, behavior }: Body<"TruncateStmt">) =>
    relationsIn(relations).flatMap((relation) =>
      onTable(
        relation,
        "data",
        `TRUNCATE deletes every row of ${nameOf(relation)}${behavior === "DROP_CASCADE" ? ", and CASCADE those of every table that refers to it" : ""}`,
      ),
    ),
  VacuumStmt: ({ options, is_vacuumcmd }: Body<"VacuumStmt">) =>
    is_vacuumcmd && hasOption(options, "full")
      ? [{ risk: "lock", text: "VACUUM FULL rewrites the table and blocks reads and writes" }]
      : [],
};

/** The dangers of a statement that a reviewer should know. */
export function dangersOf(node: Node, parser: Parser): Danger[] {
  const [kind = "", body] = Object.entries(node)[0] ?? [];
  const inner = kind === "DoStmt" ? codeOf(node, parser).flatMap((part) => dangersOf(part, parser)) : [];
  const own = (byKind[kind] as ((body: unknown) => Danger[]) | undefined)?.(body) ?? [];
  return [...own, ...onEveryRow(node), ...inner];
}

/** UPDATE and DELETE without a condition, also where they are parts of another statement. */
function onEveryRow(node: Node): Danger[] {
  const dangers: Danger[] = [];
  walk(node, (kind, { relation, whereClause }) => {
    const word = /^(Update|Delete)Stmt$/.exec(kind)?.[1]?.toUpperCase();
    if (word === undefined || (whereClause !== undefined && !isTrue(whereClause as Node))) return;
    const table = nameOf(relation as never);
    const text =
      word === "DELETE"
        ? `DELETE without a condition deletes every row of ${table}`
        : `UPDATE without a condition changes every row of ${table}`;
    dangers.push({ risk: "data", table, text });
  });
  return dangers;
}

function isTrue(node: Node): boolean {
  return "A_Const" in node && node.A_Const.boolval?.boolval === true;
}

function onTable(relation: Parameters<typeof nameOf>[0], risk: Warning["risk"], text: string): Danger[] {
  return [relation === undefined ? { risk, text } : { risk, text, table: nameOf(relation) }];
}

/** Names of objects that go with all that they hold, by the parser's. */
const kept = new Set([
  "OBJECT_TRIGGER",
  "OBJECT_RULE",
  "OBJECT_POLICY",
  "OBJECT_CAST",
  "OBJECT_STATISTIC_EXT",
]);

function drop({
  removeType = "OBJECT_TABLE",
  objects = [],
  behavior,
  concurrent,
}: Body<"DropStmt">): Danger[] {
  if (removeType === "OBJECT_INDEX")
    return concurrent
      ? []
      : objects.map((object) => ({
          risk: "lock",
          table: joined(namesIn(object)),
          text: "DROP INDEX without CONCURRENTLY blocks reads and writes of its table while it waits",
        }));
  if (kept.has(removeType)) return [];
  const what = removeType.replace("OBJECT_", "").replace("MATVIEW", "MATERIALIZED VIEW").replaceAll("_", " ");
  const cascade = behavior === "DROP_CASCADE" ? "; CASCADE drops all that depends on it" : "";
  return objects.map((object) => ({
    risk: "data",
    table: joined(namesIn(object)),
    text: `DROP ${what} is irreversible${cascade}`,
  }));
}
