import { droppedKey, type Facts, type Relation } from "../facts.ts";
import { stronger, type Demand, type LockMode } from "../lockModes.ts";

/** A lock that a statement takes on a table or view that is there already. */
export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
  /** Undefined where the database could not be asked. */
  readonly size?: { readonly bytes: number; readonly rows: number | undefined };
}

/** The relations that a name may mean, in the order of the search path. */
export type Candidates = (name: string) => readonly string[];

/**
 * The relations that the demands come to, each with its strongest lock. A relation that is not there yet, and a
 * partition beside its table, are left out.
 */
export function locksOf(demands: readonly Demand[], facts: Facts, candidates: Candidates): Lock[] {
  const modes = new Map<number, LockMode>();
  for (const demand of demands)
    for (const oid of relationsOf(demand, facts, candidates)) {
      const kind = facts.byOid.get(oid)?.kind ?? "i";
      if (!/[rpvmfS]/.test(kind)) continue;
      const before = modes.get(oid);
      modes.set(oid, before === undefined ? demand.mode : stronger(before, demand.mode));
    }
  const everywhere = onEvery(demands);
  const named = [...modes].flatMap(([oid, mode]): Lock[] => {
    const relation = facts.byOid.get(oid);
    if (relation === undefined) return [];
    const { name: table, bytes, rows } = relation;
    return [{ table, mode, size: { bytes, rows } }];
  });
  return [...named, ...everywhere];
}

/** The name of all tables together in a list of locks. */
export const everyTable = "every table";

function onEvery(demands: readonly Demand[]): Lock[] {
  return demands.filter(({ on }) => on === "every table").map(({ mode }) => ({ table: everyTable, mode }));
}

/** The same where the database cannot be asked: what the statement names. */
export function locksUnseen(demands: readonly Demand[]): Lock[] {
  const modes = new Map<string, LockMode>();
  for (const { name, mode, on } of demands) {
    if (on !== "self" && on !== "table of index") continue;
    const table = on === "self" ? name : `the table of index ${name}`;
    modes.set(table, stronger(modes.get(table) ?? mode, mode));
  }
  return [...[...modes].map(([table, mode]) => ({ table, mode })), ...onEvery(demands)];
}

function relationsOf(demand: Demand, facts: Facts, candidates: Candidates): readonly number[] {
  const names = candidates(demand.name);
  if (demand.on === "dependents")
    return names.flatMap((name) => facts.dependents.get(droppedKey(name, demand.column)) ?? []);
  if (demand.on === "users of type") return names.flatMap((name) => facts.typeUsers.get(name) ?? []);
  if (demand.on === "table of statistics") return names.flatMap((name) => facts.statistics.get(name) ?? []);
  if (demand.on === "every table") return [];
  const relation = find(facts, names);
  if (relation === undefined) return [];
  switch (demand.on) {
    case "self":
      return demand.part === undefined || relation.parts.includes(demand.part) ? [relation.oid] : [];
    case "written behind view":
      return relation.written;
    case "all behind view":
      return relation.read;
    case "table of index":
      return relation.table === null ? [] : [relation.table];
    case "parent":
      return [relation.parent, facts.byOid.get(relation.parent ?? 0)?.defaultPartition].filter(isOid);
    case "default partition":
      return [relation.defaultPartition].filter(isOid);
    case "references":
      return keysOf(relation, demand, facts).map((key) => key.references);
    case "referenced by":
      return keysTo(relation, demand, facts).map((key) => key.table);
    case "all referenced by":
      return reached(relation.oid, facts);
  }
}

function isOid(oid: number | null | undefined): oid is number {
  return oid !== null && oid !== undefined;
}

/** The relation that a name means. */
export function find(facts: Facts, names: readonly string[]): Relation | undefined {
  for (const name of names) {
    const relation = facts.named.get(name);
    if (relation !== undefined) return relation;
  }
  return undefined;
}

function keysOf({ oid }: Relation, { column, constraint }: Demand, facts: Facts) {
  return facts.foreignKeys.filter(
    (key) =>
      key.table === oid &&
      (column === undefined || key.columns.includes(column)) &&
      (constraint === undefined || key.name === constraint),
  );
}

function keysTo({ oid }: Relation, { column, constraint }: Demand, facts: Facts) {
  return facts.foreignKeys.filter(
    (key) =>
      key.references === oid &&
      (column === undefined || key.referencedColumns.includes(column)) &&
      (constraint === undefined || key.key === constraint),
  );
}

function reached(oid: number, facts: Facts): number[] {
  const found = new Set([oid]);
  for (const table of found)
    for (const key of facts.foreignKeys) if (key.references === table) found.add(key.table);
  return [...found];
}
