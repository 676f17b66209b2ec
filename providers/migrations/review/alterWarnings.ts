import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node } from "libpg-query";
import { constraintsOf } from "./alterTable.ts";
import { nameOf, strings, walk } from "./tree/tree.ts";
import type { Danger } from "./warnings.ts";

/** Functions whose value is computed for every row, so that adding a column with it rewrites the table. */
const volatile =
  /^(gen_random_uuid|uuidv4|uuidv7|random|clock_timestamp|nextval|timeofday|uuid_generate_v\w+)$/;

const serial = /^(small|big)?serial[248]?$/;

/** The dangers of ALTER TABLE that a reviewer should know. */
export function alterTableDangers({ relation, cmds = [], objtype }: AlterTableStmt): Danger[] {
  if (objtype === "OBJECT_INDEX" || objtype === "OBJECT_TYPE") return [];
  const table = nameOf(relation);
  return cmds.flatMap((node) =>
    "AlterTableCmd" in node ? ofForm(node.AlterTableCmd).map((danger) => ({ ...danger, table })) : [],
  );
}

type Untied = Omit<Danger, "table">;

function locks(text: string): Untied[] {
  return [{ risk: "lock", text }];
}

function ofForm({ subtype, name = "", def }: AlterTableCmd): Untied[] {
  switch (subtype as string) {
    case "AT_AddColumn":
      return def && "ColumnDef" in def ? ofColumn(def.ColumnDef) : [];
    case "AT_AddConstraint":
      return def && "Constraint" in def ? ofConstraint(def.Constraint) : [];
    case "AT_DropColumn":
      return [{ risk: "data", text: `DROP COLUMN ${name} is irreversible` }];
    case "AT_DropConstraint":
      return locks(`DROP CONSTRAINT ${name}: rows that break it are taken from then on`);
    case "AT_AlterColumnType":
      return locks("ALTER COLUMN TYPE rewrites the whole table unless the old type is binary-compatible");
    case "AT_SetNotNull":
      return locks("SET NOT NULL reads the whole table under its lock unless a valid CHECK proves it");
    case "AT_SetExpression":
      return locks("SET EXPRESSION rewrites the whole table");
    case "AT_SetTableSpace":
      return locks("SET TABLESPACE rewrites the whole table");
    case "AT_SetLogged":
      return locks("SET LOGGED rewrites the whole table");
    case "AT_SetUnLogged":
      return locks("SET UNLOGGED rewrites the whole table, and a crash of the server empties it");
    case "AT_SetAccessMethod":
      return locks("SET ACCESS METHOD rewrites the whole table");
    case "AT_AttachPartition":
      return locks(
        "ATTACH PARTITION reads the whole partition under its lock unless a valid CHECK proves its bounds",
      );
    case "AT_DetachPartition":
      return def && "PartitionCmd" in def && def.PartitionCmd.concurrent
        ? []
        : locks("DETACH PARTITION without CONCURRENTLY blocks reads and writes");
    default:
      return [];
  }
}

function ofColumn(column: ColumnDef): Untied[] {
  const name = column.colname ?? "";
  const constraints = constraintsOf({ ColumnDef: column });
  const type = strings(column.typeName?.names).at(-1) ?? "";
  const of = (contype: Constraint["contype"]): Constraint | undefined =>
    constraints.find((constraint) => constraint.contype === contype);
  const value = column.raw_default ?? of("CONSTR_DEFAULT")?.raw_expr;
  const dangers: Untied[] = [];
  const stored = of("CONSTR_GENERATED")?.generated_kind === "s";
  if (serial.test(type) || stored || of("CONSTR_IDENTITY") || isVolatile(value))
    dangers.push(...locks(`ADD COLUMN ${name} computes a value for every row: the whole table is rewritten`));
  else if (
    (of("CONSTR_NOTNULL") ?? of("CONSTR_PRIMARY")) &&
    (value === undefined || isNull(value)) &&
    !of("CONSTR_GENERATED")
  )
    dangers.push({
      risk: "lock",
      text: `ADD COLUMN ${name} NOT NULL without a default fails as soon as the table has a row`,
      withRows: (rows) => ` (it has about ${rows})`,
    });
  for (const [contype, words] of [
    ["CONSTR_PRIMARY", "PRIMARY KEY"],
    ["CONSTR_UNIQUE", "UNIQUE"],
  ] as const)
    if (of(contype))
      dangers.push(
        ...locks(`ADD COLUMN ${name} ${words} builds an index and blocks reads and writes meanwhile`),
      );
  if (of("CONSTR_CHECK"))
    dangers.push(...locks(`ADD COLUMN ${name} CHECK reads the whole table under its lock`));
  // Without a default every row has NULL, which refers to nothing.
  if (of("CONSTR_FOREIGN") && value !== undefined && !isNull(value))
    dangers.push(
      ...locks(`ADD COLUMN ${name} REFERENCES with a default reads the whole table under its lock`),
    );
  return dangers;
}

function ofConstraint({ contype, indexname, skip_validation, is_enforced }: Constraint): Untied[] {
  const validated = skip_validation !== true && is_enforced !== false;
  switch (contype as string) {
    case "CONSTR_FOREIGN":
    case "CONSTR_CHECK":
    case "CONSTR_NOTNULL": {
      const words =
        contype === "CONSTR_FOREIGN" ? "FOREIGN KEY" : contype === "CONSTR_CHECK" ? "CHECK" : "NOT NULL";
      return validated
        ? locks(
            `ADD ${words} without NOT VALID reads the whole table under its lock; add it NOT VALID, then VALIDATE`,
          )
        : [];
    }
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE":
      if (indexname !== undefined) return [];
      return locks(
        `ADD ${contype === "CONSTR_PRIMARY" ? "PRIMARY KEY" : "UNIQUE"} builds an index and blocks reads and writes meanwhile; build it CONCURRENTLY first and add it USING INDEX`,
      );
    case "CONSTR_EXCLUSION":
      return locks("ADD EXCLUDE builds an index and blocks reads and writes meanwhile");
    default:
      return [];
  }
}

function isNull(node: Node): boolean {
  if ("TypeCast" in node) return node.TypeCast.arg !== undefined && isNull(node.TypeCast.arg);
  return "A_Const" in node && node.A_Const.isnull === true;
}

function isVolatile(value: Node | undefined): boolean {
  let found = false;
  walk({ value }, (kind, { funcname }) => {
    if (kind === "FuncCall" && volatile.test(strings(funcname as Node[]).at(-1) ?? "")) found = true;
  });
  return found;
}
