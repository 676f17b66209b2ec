import type { Node } from "libpg-query";
import type pg from "pg";
import type { Migration } from "../files/files.ts";
import { isOnRows } from "../files/statements.ts";
import { candidatesOn, effectsBy } from "./effects.ts";
import { loadParser, type Body } from "./tree/parser.ts";
import { joined, nameOf, namesIn, quoted, relationsIn, strings, walk } from "./tree/tree.ts";

/** A relation that files have made and left there. */
export interface Expected {
  /** The names it may have, in the order of the search path; of an index without its schema. */
  readonly names: readonly string[];
  /** Those of the table of an index, in whose schema it lies. */
  readonly table?: readonly string[];
}

/** Further facts of a relation. */
interface Made extends Expected {
  /** The table and column that it goes with. */
  readonly owner?: string;
  readonly columns?: readonly string[];
  /** Tables that it inherits from, with which CASCADE drops it. */
  readonly parents?: readonly string[];
  readonly view: boolean;
}

/**
 * The relations that are there once the files are applied in order: created, and not dropped, renamed or moved. Without
 * partitions, which upkeep makes and drops, and without what belongs to them.
 */
export async function relationsLeft(migrations: readonly Migration[]): Promise<Expected[]> {
  const parser = await loadParser();
  const effects = effectsBy(parser);
  const left = new Relations();
  for (const { statements } of migrations) {
    left.path = undefined;
    for (const { text } of statements) {
      if (isOnRows(text)) continue;
      const parsed = parser.parse(text);
      if (typeof parsed === "string") continue;
      left.follow(parsed);
      const { searchPath } = effects(text);
      if (searchPath !== undefined) left.path = searchPath === "default" ? undefined : searchPath;
    }
  }
  return left.expected();
}

class Relations {
  path: readonly string[] | undefined;
  readonly #made = new Map<string, Made>();
  readonly #partitions = new Set<string>();

  expected(): Expected[] {
    return [...this.#made.values()].map(({ names, table }) =>
      table === undefined ? { names } : { names, table },
    );
  }

  follow(node: Node): void {
    if ("CreateSchemaStmt" in node) {
      const before = this.path;
      this.path = [node.CreateSchemaStmt.schemaname ?? ""];
      for (const part of node.CreateSchemaStmt.schemaElts ?? []) this.follow(part);
      this.path = before;
    } else if ("CreateStmt" in node) this.#table(node.CreateStmt);
    else if ("IndexStmt" in node) this.#index(node.IndexStmt);
    else if ("ViewStmt" in node) this.#add(nameOf(node.ViewStmt.view), { view: true });
    else if ("CreateTableAsStmt" in node) {
      const { into, objtype } = node.CreateTableAsStmt;
      if (into?.rel?.relpersistence !== "t")
        this.#add(nameOf(into?.rel), { view: objtype === "OBJECT_MATVIEW" });
    } else if ("CreateSeqStmt" in node) {
      const { sequence, options } = node.CreateSeqStmt;
      if (sequence?.relpersistence !== "t")
        this.#add(nameOf(sequence), { view: false, ...this.#owner(options) });
    } else if ("AlterSeqStmt" in node) {
      const key = this.#key(nameOf(node.AlterSeqStmt.sequence));
      const made = this.#made.get(key);
      if (made) this.#made.set(key, { ...made, ...this.#owner(node.AlterSeqStmt.options) });
    } else if ("AlterTableStmt" in node) this.#alter(node.AlterTableStmt);
    else if ("RenameStmt" in node) {
      const { renameType, relation, subname = "", newname = "" } = node.RenameStmt;
      if (renameType === "OBJECT_COLUMN") this.#renameColumn(nameOf(relation), subname, newname);
      if (/^OBJECT_(TABLE|INDEX|VIEW|MATVIEW|SEQUENCE)$/.test(renameType ?? ""))
        this.#forget(nameOf(relation));
    } else if ("AlterObjectSchemaStmt" in node) this.#forget(nameOf(node.AlterObjectSchemaStmt.relation));
    else if ("DropStmt" in node) this.#drop(node.DropStmt);
    else if ("DoStmt" in node || "CallStmt" in node) this.#code(node);
  }

  #key(name: string): string {
    return candidatesOn(this.path)(name)[0] ?? name;
  }

  #add(name: string, about: Omit<Made, "names">): void {
    this.#made.set(this.#key(name), { names: candidatesOn(this.path)(name), ...about });
  }

  #renameColumn(table: string, from: string, to: string): void {
    const owner = this.#key(table);
    for (const [key, made] of this.#made)
      if (made.owner === owner && made.columns?.includes(from))
        this.#made.set(key, {
          ...made,
          columns: made.columns.map((column) => (column === from ? to : column)),
        });
  }

  #table({ relation, partbound, inhRelations }: Body<"CreateStmt">): void {
    const name = nameOf(relation);
    if (relation?.relpersistence === "t") return;
    if (partbound) this.#partitions.add(this.#key(name));
    else {
      const parents = relationsIn(inhRelations).map((parent) => this.#key(nameOf(parent)));
      this.#add(name, { view: false, parents });
    }
  }

  #index({
    idxname,
    relation,
    indexParams = [],
    whereClause,
    indexIncludingParams = [],
  }: Body<"IndexStmt">): void {
    const owner = this.#key(nameOf(relation));
    if (idxname === undefined || this.#partitions.has(owner)) return;
    const columns: string[] = [];
    walk([indexParams, indexIncludingParams, whereClause], (kind, { name, fields }) => {
      if (kind === "IndexElem" && typeof name === "string") columns.push(name);
      if (kind === "ColumnRef") columns.push(...strings(fields as Node[]));
    });
    const table = candidatesOn(this.path)(nameOf(relation));
    this.#made.set(this.#beside(owner, idxname), {
      names: [quoted(idxname)],
      table,
      owner,
      columns,
      view: false,
    });
  }

  /** The key of an index in the schema of its table. */
  #beside(table: string, index: string): string {
    const schema = /^(.*)\.(?:"(?:[^"]|"")*"|[^."]*)$/.exec(table)?.[1];
    return schema === undefined ? quoted(index) : `${schema}.${quoted(index)}`;
  }

  #owner(options: readonly Node[] | undefined): Pick<Made, "owner" | "columns"> {
    for (const option of options ?? [])
      if ("DefElem" in option && option.DefElem.defname === "owned_by") {
        const parts = namesIn(option.DefElem.arg);
        if (parts.length > 1)
          return { owner: this.#key(joined(parts.slice(0, -1))), columns: parts.slice(-1) };
      }
    return {};
  }

  #alter({ relation, cmds = [] }: Body<"AlterTableStmt">): void {
    const table = this.#key(nameOf(relation));
    for (const node of cmds) {
      if (!("AlterTableCmd" in node)) continue;
      const { subtype, def, name, behavior } = node.AlterTableCmd;
      if (subtype === "AT_AttachPartition" && def && "PartitionCmd" in def) {
        const partition = nameOf(def.PartitionCmd.name);
        this.#partitions.add(this.#key(partition));
        this.#forget(partition);
      }
      if (subtype === "AT_DropColumn") {
        for (const [key, { owner, columns }] of this.#made)
          if (owner === table && columns?.includes(name ?? "")) this.#made.delete(key);
        if (behavior === "DROP_CASCADE") this.#forgetViews();
      }
      // The constraint gives its name to the index.
      if (def && "Constraint" in def && def.Constraint.indexname !== undefined)
        this.#made.delete(this.#beside(table, def.Constraint.indexname));
    }
  }

  #drop({ removeType, objects = [], behavior }: Body<"DropStmt">): void {
    const cascades = behavior === "DROP_CASCADE";
    if (/^OBJECT_(TABLE|INDEX|VIEW|MATVIEW|SEQUENCE|FOREIGN_TABLE)$/.test(removeType ?? "")) {
      for (const object of objects) this.#forget(joined(namesIn(object)), cascades);
      if (cascades) this.#forgetViews();
      // The text does not say which other objects CASCADE took along.
    } else if (cascades || removeType === "OBJECT_SCHEMA") this.#made.clear();
  }

  /** The relation, its indexes, and the sequences that its columns own. */
  #forget(name: string, withHeirs = false): void {
    const key = this.#key(name);
    this.#made.delete(key);
    for (const [other, { owner, parents }] of this.#made) {
      if (owner === key) this.#made.delete(other);
      if (withHeirs && parents?.includes(key)) this.#forget(other, true);
    }
  }

  #forgetViews(): void {
    for (const [key, { view }] of this.#made) if (view) this.#made.delete(key);
  }

  /** Code that may drop or rename is believed to do so: to what it names, or to anything where it makes up its SQL. */
  #code(node: Node): void {
    const text = JSON.stringify(node);
    if (!/\b(drop|rename|set\s+schema|attach)\b/i.test(text)) return;
    if ("CallStmt" in node || /\bexecute\b/i.test(text)) this.#made.clear();
    for (const [key, { names }] of this.#made)
      if (
        names.some((name) => text.toLowerCase().includes(name.replaceAll('"', "").split(".").at(-1) ?? name))
      )
        this.#made.delete(key);
  }
}

/** Those of the relations that the database does not have. An index whose table is missing goes with it. */
export async function missingRelations(client: pg.Client, relations: readonly Expected[]): Promise<string[]> {
  const list = relations.map(({ names, table }) => ({ names, table: table ?? null }));
  const { rows } = await client.query<{ name: string }>(
    `SELECT names ->> 0 AS name FROM json_to_recordset($1) AS expected (names json, "table" json)
     WHERE CASE WHEN "table" IS NULL
       THEN NOT EXISTS (SELECT FROM json_array_elements_text(names) AS name WHERE to_regclass(name) IS NOT NULL)
       ELSE (SELECT bool_and(to_regclass(relnamespace::regnamespace || '.' || (names ->> 0)) IS NULL)
         FROM json_array_elements_text("table") AS name JOIN pg_class ON pg_class.oid = to_regclass(name)) END
     ORDER BY 1`,
    [JSON.stringify(list)],
  );
  return rows.map((row) => row.name);
}
