import { withDefaults } from "../../providers/projectBoard/storedInputs.ts";
import { wanted } from "../../providers/projectBoard/compared.ts";
import type { BoardOutputs, StoredBoardInputs, ComparedBoard } from "../../providers/projectBoard/model.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The engine's values of a resource before and after a step. */
interface State {
  readonly inputs: Fields;
  readonly outputs: Fields;
}

/**
 * Both sides of a board's difference. Where a refresh has seen another board than the one that was left, each is
 * written out whole: the inputs leave out what they do not ask for, which would look like a difference.
 *
 * @returns what is there, and what is declared
 */
export function sidesOfBoard(before: State, after: State): readonly [Fields, Fields] {
  const { seen, views, adopted } = before.outputs as Partial<BoardOutputs>;
  // A view that is gone is left out of the outputs, and of nothing else.
  const there = { ...before.inputs, ...(views && { views }) };
  if (seen === undefined) return [there, after.inputs];
  const declared = wanted(withDefaults(after.inputs as unknown as StoredBoardInputs), adopted === true);
  return [
    { ...there, ...flat(seen) },
    { ...after.inputs, ...flat(declared) },
  ];
}

function flat({ about, ...lists }: ComparedBoard): Fields {
  return { ...about, ...lists };
}
