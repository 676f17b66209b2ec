import type { Node, RangeVar } from "libpg-query";

/** A name as SQL takes it: quoted where it must be. */
export function quoted(part: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`;
}

/** A relation's name as the statement gives it, with its schema or without, quoted where it must be. */
export function nameOf(relation: RangeVar | undefined): string {
  const { schemaname, relname = "" } = relation ?? {};
  return schemaname === undefined ? quoted(relname) : `${quoted(schemaname)}.${quoted(relname)}`;
}

/** The strings of a list of names, as in `["s", "t", "c"]` for `s.t.c`. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ("String" in node ? [node.String.sval ?? ""] : []));
}

/** The same of a node that holds such a list, a type's name, or a single name. */
export function namesIn(node: Node | undefined): string[] {
  if (node === undefined) return [];
  if ("List" in node) return strings(node.List.items);
  if ("String" in node) return [node.String.sval ?? ""];
  if ("TypeName" in node) return strings(node.TypeName.names);
  if ("ObjectWithArgs" in node) return strings(node.ObjectWithArgs.objname);
  return [];
}

/** A relation's name from its parts; of more than two, the last two count. */
export function joined(parts: readonly string[]): string {
  return parts.slice(-2).map(quoted).join(".");
}

/** The relations in a list of nodes. */
export function relationsIn(nodes: readonly Node[] | undefined): RangeVar[] {
  return (nodes ?? []).flatMap((node) => {
    if ("RangeVar" in node) return [node.RangeVar];
    if ("VacuumRelation" in node) return node.VacuumRelation.relation ? [node.VacuumRelation.relation] : [];
    if ("PublicationObjSpec" in node)
      return node.PublicationObjSpec.pubtable?.relation ? [node.PublicationObjSpec.pubtable.relation] : [];
    return [];
  });
}

/** The kind of a node and what it holds. */
export function opened(node: Node): readonly [kind: string, body: unknown] {
  return Object.entries(node)[0] ?? ["", {}];
}

/** Calls back for every node in a tree, the outermost first. */
export function walk(
  tree: unknown,
  visit: (kind: string, body: Readonly<Record<string, unknown>>) => void,
): void {
  if (Array.isArray(tree)) for (const part of tree as unknown[]) walk(part, visit);
  else if (typeof tree === "object" && tree !== null)
    for (const [key, value] of Object.entries(tree)) {
      // Nodes are called in capitals, their fields are not.
      if (/^[A-Z]/.test(key) && typeof value === "object" && value !== null && !Array.isArray(value))
        visit(key, value as Readonly<Record<string, unknown>>);
      walk(value, visit);
    }
}

/** Whether an option is in a list, and not switched off: `VACUUM (FULL)`, `VACUUM (FULL false)`. */
export function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some((node) => {
    if (!("DefElem" in node) || node.DefElem.defname !== name) return false;
    const { arg } = node.DefElem;
    if (arg === undefined) return true;
    if ("Integer" in arg) return (arg.Integer.ival ?? 0) !== 0;
    return !("String" in arg) || !/^(false|off|0)$/i.test(arg.String.sval ?? "");
  });
}
