/** Nodes that a user is not allowed to see, as tests order it. */
import type { Hiding } from "../store/world.ts";
import type { Resolved, Scope } from "./scope.ts";

/** The way in which a node is hidden from the user who asks; undefined when it is not hidden. */
export function hidingOf({ world, actor }: Scope, id: unknown): Hiding | undefined {
  return typeof id === "string" ? world.hidden()[actor.login]?.[id] : undefined;
}

/** Whether anything is hidden from the user. */
export function seesLess({ world, actor }: Scope): boolean {
  return Object.keys(world.hidden()[actor.login] ?? {}).length > 0;
}

/** The nodes of a page as the user sees them: GitHub says `null`, or nothing, or that a card is REDACTED. */
export function withoutHidden(scope: Scope, nodes: readonly Resolved[]): (Resolved | null)[] {
  return nodes.flatMap((node) => {
    const hiding = hidingOf(scope, node.id);
    if (hiding === undefined) return [node];
    if (hiding === "absent") return [];
    return [hiding === "redacted" ? redacted(node) : null];
  });
}

function redacted(item: Resolved): Resolved {
  return {
    ...item,
    type: "REDACTED",
    content: null,
    fieldValueByName: null,
    fieldValues: { totalCount: 0, nodes: [], edges: [] },
  };
}
