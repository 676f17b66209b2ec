/** The modes of table locks, by PostgreSQL's names (chapter 13.3, explicit locking), weakest first; weaker ones are left out. */
export const lockModes = [
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;
export type LockMode = (typeof lockModes)[number];

/** The access of others that a lock keeps out while it is held. */
export const blocks: Readonly<Record<LockMode, "nothing" | "writes" | "reads and writes">> = {
  "ROW EXCLUSIVE": "nothing",
  "SHARE UPDATE EXCLUSIVE": "nothing",
  SHARE: "writes",
  "SHARE ROW EXCLUSIVE": "writes",
  EXCLUSIVE: "writes",
  "ACCESS EXCLUSIVE": "reads and writes",
};

/** The stronger of two modes. */
export function stronger(a: LockMode, b: LockMode): LockMode {
  return lockModes.indexOf(a) < lockModes.indexOf(b) ? b : a;
}

/**
 * A lock that a statement asks for, as far as its text tells: which relations that comes to, the database's catalogue
 * knows.
 */
export interface Demand {
  readonly mode: LockMode;
  /** The name by which the statement goes: of a relation, a type, a function, a schema, an extension or statistics. */
  readonly name: string;
  /** The relations that are locked. */
  readonly on: Reach;
  /** Foreign keys with this column only. */
  readonly column?: string;
  /** The foreign key of this name, or those on the key of this name. */
  readonly constraint?: string;
  /** Only where the relation has a trigger, policy or rule of this name. */
  readonly part?: string | undefined;
}

/**
 * - `self`: the relation of that name; of an index, none
 * - `written behind view`: the table that a view leads a change of rows to; `all behind view`: every relation of its query
 * - `every table`: of the database, whatever the name
 * - `table of index`: the table that the index of that name belongs to
 * - `references`: the tables that the relation's foreign keys refer to
 * - `referenced by`: the tables whose foreign keys refer to the relation; `all` of them one after another
 * - `parent`: the table of which it is a partition, with that one's default partition
 * - `default partition`: of the relation
 * - `dependents`: the tables and views with a column, default, trigger or query that goes when it is dropped by CASCADE
 * - `users of type`: tables with a column of the domain
 * - `table of statistics`: the table that the extended statistics of that name are about
 */
export type Reach =
  | "self"
  | "written behind view"
  | "all behind view"
  | "every table"
  | "table of index"
  | "references"
  | "referenced by"
  | "all referenced by"
  | "parent"
  | "default partition"
  | "dependents"
  | "users of type"
  | "table of statistics";
