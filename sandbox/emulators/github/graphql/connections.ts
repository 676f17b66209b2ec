/** Pages of lists as GraphQL connections, with GitHub's demands on `first` and `last`. */
import { problem, type Arguments, type Resolved } from "./scope.ts";

interface Paging {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
  readonly orderBy?: { readonly field: string; readonly direction: "ASC" | "DESC" } | null;
}

/**
 * @param name the field, as GitHub's errors name it
 * @param key what a cursor stands for; it must not change while the entry is there
 * @param orders by what `orderBy.field` may sort; a field not named keeps the list's order
 */
export function connection<T>(
  name: string,
  given: Arguments,
  list: readonly T[],
  key: (entry: T) => string | number,
  node: (entry: T) => unknown,
  orders: Readonly<Record<string, (entry: T) => string | number>> = {},
): Resolved {
  const args = given as Paging;
  const sorted = order(list, args.orderBy, orders);
  const cursorOf = (entry: T): string => Buffer.from(`cursor:v2:${key(entry)}`).toString("base64");
  const position = (cursor: string): number => {
    const at = sorted.findIndex((entry) => cursorOf(entry) === cursor);
    if (at < 0)
      throw problem("INVALID_CURSOR_ARGUMENTS", `\`${cursor}\` does not appear to be a valid cursor.`);
    return at;
  };
  const from = args.after == null ? 0 : position(args.after) + 1;
  const to = args.before == null ? sorted.length : position(args.before);
  const window = sorted.slice(from, to);
  // Without nodes or edges asked for, GitHub counts without a page; so the demand is made when they are.
  const shown = (): readonly T[] => {
    const [size, end] = args.first != null ? [args.first, "first"] : [args.last ?? -1, "last"];
    if (args.first == null && args.last == null) {
      const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
      throw problem("MISSING_PAGINATION_BOUNDARIES", message);
    }
    if (size > 100) {
      const message = `Requesting ${size} records on the \`${name}\` connection exceeds the \`${end}\` limit of 100 records.`;
      throw problem("EXCESSIVE_PAGINATION", message);
    }
    if (size < 0) throw problem("INVALID_PAGINATION_BOUNDARIES", `\`${end}\` must not be negative.`);
    return end === "first" ? window.slice(0, size) : window.slice(Math.max(0, window.length - size));
  };
  return {
    totalCount: list.length,
    nodes: () => shown().map(node),
    edges: () => shown().map((entry) => ({ cursor: cursorOf(entry), node: () => node(entry) })),
    pageInfo: () => {
      const entries = shown();
      const [start, end] = [entries[0], entries.at(-1)];
      return {
        startCursor: start === undefined ? null : cursorOf(start),
        endCursor: end === undefined ? null : cursorOf(end),
        hasPreviousPage: start !== undefined && sorted.indexOf(start) > 0,
        hasNextPage: end !== undefined && sorted.indexOf(end) < sorted.length - 1,
      };
    },
  };
}

function order<T>(
  list: readonly T[],
  by: Paging["orderBy"],
  orders: Readonly<Record<string, (entry: T) => string | number>>,
): readonly T[] {
  if (!by) return list;
  const value = orders[by.field];
  const sorted = value
    ? [...list].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
      })
    : [...list];
  return by.direction === "DESC" ? sorted.reverse() : sorted;
}
