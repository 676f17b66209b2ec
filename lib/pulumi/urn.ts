/** The parts of `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** Types of the components around it and its own, as in `a:b:C$d:e:F`. */
  readonly types: string;
  /** Its own type. */
  readonly type: string;
  /** May hold `::` itself. */
  readonly name: string;
}

/** Takes a URN apart; missing parts are empty. */
export function parseUrn(urn: string): Urn {
  const [head = "", project = "", types = "", ...name] = urn.split("::");
  return {
    stack: head.split(":")[2] ?? "",
    project,
    types,
    type: types.split("$").at(-1) ?? "",
    name: name.join("::"),
  };
}

/** The URN of a resource whose parent is the one of `parent`. */
export function childUrn(parent: string, type: string, name: string): string {
  const [head, project, types] = parent.split("::");
  return [head, project, `${types ?? ""}$${type}`, name].join("::");
}
