/** The number of rows of a kind, and of those among them that this run's own agents have written. */
export interface KindCount {
  readonly event_type: string;
  readonly count: number;
  readonly own: number;
}

/**
 * The kinds of events that the event log lacks.
 *
 * @param hasThought - whether agents of this run have used a language model: then rows of their own must be there
 */
export function missingKinds(rows: readonly KindCount[], hasThought: boolean): readonly string[] {
  const counts = (kind: string) => rows.find(({ event_type }) => event_type === kind) ?? { count: 0, own: 0 };
  return ["llm.call", "llm.response", "state.transition"].flatMap((kind) => {
    const { count, own } = counts(kind);
    if (count === 0) return [`no ${kind}`];
    return hasThought && kind.startsWith("llm.") && own === 0 ? [`no ${kind} of this run's own agents`] : [];
  });
}
