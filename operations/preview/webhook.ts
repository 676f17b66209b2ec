type Fields = Readonly<Record<string, unknown>>;

/**
 * Both sides of the difference of a webhook's ping: events that the receiver rejected are in no input, and what repairs
 * them is the update itself.
 *
 * @returns what is there, and what is declared
 */
export function sidesOfPing(
  before: { readonly inputs: Fields; readonly outputs: Fields },
  after: { readonly inputs: Fields },
): readonly [Fields, Fields] {
  const { rejected } = before.outputs;
  if (typeof rejected !== "string") return [before.inputs, after.inputs];
  return [
    { ...before.inputs, deliveries: rejected },
    { ...after.inputs, deliveries: "taken by the receiver" },
  ];
}
