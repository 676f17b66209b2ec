/** What agents and workflows must have written lately. */
const kinds = ["llm.call", "llm.response", "state.transition"] as const;

/** The kinds of events of which there is no row. */
export function missingKinds(
  rows: readonly { readonly event_type: string; readonly count: number }[],
): readonly string[] {
  return kinds.filter((kind) => !rows.some(({ event_type, count }) => event_type === kind && count > 0));
}
