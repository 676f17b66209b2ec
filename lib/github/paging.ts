/** One page of a GraphQL connection. Each node that the token is not allowed to see can be `null`, without an error. */
export interface Connection<T> {
  readonly nodes?: readonly (T | null)[] | null;
  readonly pageInfo?: { readonly hasNextPage: boolean; readonly endCursor: string | null } | null;
}

/** The nodes of a connection that the token sees, and the number of those that it does not see. */
export interface Listed<T> {
  readonly nodes: readonly T[];
  /** At least that many are there besides. Hidden is not gone: nobody knows what they are. */
  readonly hidden: number;
}

/** Reads one page. A connection that is missing as a whole counts as one hidden node. */
export function listed<T>(page: Connection<T> | null | undefined): Listed<T> {
  if (!Array.isArray(page?.nodes)) return { nodes: [], hidden: 1 };
  const all = page.nodes as readonly (T | null)[];
  const nodes = all.filter((node): node is T => node !== null);
  return { nodes, hidden: all.length - nodes.length };
}

/**
 * Reads all pages.
 *
 * @param ask - asks for the page after a cursor; null for the first
 */
export async function listAll<T>(
  ask: (after: string | null) => Promise<Connection<T> | null | undefined>,
): Promise<Listed<T>> {
  const nodes: T[] = [];
  let hidden = 0;
  for (let after: string | null = null; ;) {
    const page = await ask(after);
    const read = listed(page);
    nodes.push(...read.nodes);
    hidden += read.hidden;
    const next = page?.pageInfo;
    if (!next?.hasNextPage) return { nodes, hidden };
    // Without a cursor the rest cannot be asked for.
    if (next.endCursor === null) return { nodes, hidden: hidden + 1 };
    after = next.endCursor;
  }
}
