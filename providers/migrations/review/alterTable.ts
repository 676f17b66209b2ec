import type { AlterTableCmd, AlterTableStmt, AlterTableType, Constraint, Node } from "libpg-query";
import { stronger, type Demand, type LockMode } from "./lockModes.ts";
import { nameOf } from "./tree/tree.ts";

/** The forms of ALTER TABLE that take less than ACCESS EXCLUSIVE (AlterTableGetLockLevel in tablecmds.c). */
const lesser: Partial<Record<AlterTableType, LockMode>> = {
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
};

/** Storage parameters that readers and writers go by at once (reloptions.c). */
const parametersOfReaders =
  /^(user_catalog_table|security_barrier|security_invoker|check_option|fastupdate|gin_pending_list_limit|buffering|pages_per_range|autosummarize)$/;

/** The lock that one form takes on the table itself. */
export function levelOf({ subtype, def }: AlterTableCmd): LockMode {
  if (subtype === "AT_AddConstraint" && def && "Constraint" in def)
    return def.Constraint.contype === "CONSTR_FOREIGN" ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
  if (subtype === "AT_DetachPartition")
    return def && "PartitionCmd" in def && def.PartitionCmd.concurrent
      ? "SHARE UPDATE EXCLUSIVE"
      : "ACCESS EXCLUSIVE";
  if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") {
    const names = (def && "List" in def ? (def.List.items ?? []) : []).map((node) =>
      "DefElem" in node ? (node.DefElem.defname ?? "") : "",
    );
    return names.some((name) => parametersOfReaders.test(name))
      ? "ACCESS EXCLUSIVE"
      : "SHARE UPDATE EXCLUSIVE";
  }
  return (subtype && lesser[subtype]) ?? "ACCESS EXCLUSIVE";
}

/** The locks of ALTER TABLE, also of ALTER VIEW, SEQUENCE, MATERIALIZED VIEW and FOREIGN TABLE. */
export function alterTableDemands({ relation, cmds = [], objtype }: AlterTableStmt): Demand[] {
  // An index is no table; what changes of it is not locked on one.
  if (objtype === "OBJECT_INDEX") return [];
  const name = nameOf(relation);
  const forms = cmds.flatMap((node) => ("AlterTableCmd" in node ? [node.AlterTableCmd] : []));
  // CASCADE on a composite type changes the tables that were made of it.
  if (objtype === "OBJECT_TYPE")
    return forms.some(({ behavior }) => behavior === "DROP_CASCADE")
      ? [{ mode: "ACCESS EXCLUSIVE", name, on: "users of type" }]
      : [];
  let mode: LockMode = objtype === "OBJECT_SEQUENCE" ? "SHARE ROW EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
  for (const form of forms) mode = stronger(mode, levelOf(form));
  return [{ mode, name, on: "self" }, ...forms.flatMap((form) => beyond(name, form))];
}

/** The locks of one form besides that of the table. */
function beyond(name: string, { subtype, name: part, def, behavior }: AlterTableCmd): Demand[] {
  const heavy: LockMode = "ACCESS EXCLUSIVE";
  const cascades = behavior === "DROP_CASCADE";
  switch (subtype as string) {
    case "AT_AddColumn":
    case "AT_AddConstraint":
      return referencesOf(def);
    case "AT_DropConstraint": {
      const constraint = part ?? "";
      return [
        { mode: heavy, name, on: "references", constraint },
        ...(cascades ? ([{ mode: heavy, name, on: "referenced by", constraint }] as const) : []),
      ];
    }
    case "AT_DropColumn": {
      const column = part ?? "";
      return [
        { mode: heavy, name, on: "references", column },
        ...(cascades
          ? ([
              { mode: heavy, name, on: "referenced by", column },
              { mode: heavy, name, on: "dependents", column },
            ] as const)
          : []),
      ];
    }
    // A foreign key on the column is made again.
    case "AT_AlterColumnType":
      return [
        { mode: heavy, name, on: "references", column: part ?? "" },
        { mode: heavy, name, on: "referenced by", column: part ?? "" },
      ];
    case "AT_AttachPartition":
      return [
        ...partition(def, heavy),
        { mode: heavy, name, on: "default partition" },
        { mode: "SHARE ROW EXCLUSIVE", name, on: "references" },
        { mode: "SHARE ROW EXCLUSIVE", name, on: "referenced by" },
      ];
    case "AT_DetachPartition":
      return [
        ...partition(def, heavy),
        { mode: heavy, name, on: "default partition" },
        { mode: heavy, name, on: "referenced by" },
      ];
    case "AT_DetachPartitionFinalize":
      return partition(def, heavy);
    case "AT_AddInherit":
      return def && "RangeVar" in def
        ? [{ mode: "SHARE UPDATE EXCLUSIVE", name: nameOf(def.RangeVar), on: "self" }]
        : [];
    default:
      return [];
  }
}

function partition(def: Node | undefined, mode: LockMode): Demand[] {
  if (!def || !("PartitionCmd" in def)) return [];
  return [{ mode, name: nameOf(def.PartitionCmd.name), on: "self" }];
}

/** The tables that the foreign keys among these constraints or columns refer to. */
export function referencesOf(...nodes: (Node | undefined)[]): Demand[] {
  return nodes.flatMap((node): Demand[] => {
    if (!node) return [];
    if ("ColumnDef" in node) return referencesOf(...(node.ColumnDef.constraints ?? []));
    if (!("Constraint" in node) || node.Constraint.contype !== "CONSTR_FOREIGN") return [];
    return [{ mode: "SHARE ROW EXCLUSIVE", name: nameOf(node.Constraint.pktable), on: "self" }];
  });
}

/** The constraints of a column definition. */
export function constraintsOf(node: Node | undefined): Constraint[] {
  const parts = node && "ColumnDef" in node ? (node.ColumnDef.constraints ?? []) : node ? [node] : [];
  return parts.flatMap((part) => ("Constraint" in part ? [part.Constraint] : []));
}
