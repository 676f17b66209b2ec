import type { GitHub } from "../github.ts";
import type { Cards } from "./cards.ts";
import type { Board, Field, Option, OptionSpec } from "./model.ts";
import type { OptionInput } from "./options.ts";
import { cardsOf, cardsToMove, refuseLoss, setCards } from "./cards.ts";
import { planOptions, withDropped } from "./options.ts";
import { readBoard, together } from "./queries.ts";

/** What is to become of a field's options, and of the cards on those that go. */
export interface OptionWish {
  readonly wanted: readonly OptionSpec[];
  readonly renames: Readonly<Record<string, string>>;
  readonly moves: Readonly<Record<string, string>>;
  /** Name → id, as the board was left. */
  readonly ids: Readonly<Record<string, string>>;
}

/**
 * Changes the options of a field on a board that has cards, so that no card loses its value: counts the cards,
 * refuses what would lose some, moves those of an option that goes, changes the options, and looks again.
 */
export async function changeOptions(
  github: GitHub,
  board: Board,
  field: Field,
  wish: OptionWish,
  idsKnown: boolean,
): Promise<void> {
  const plan = planOptions(field.options ?? [], wish.wanted, wish.renames, wish.ids);
  if (!plan.list) return;
  const before = await cardsOf(github, board.id, field.name);
  refuseLoss(`board ${board.url}, field ${field.name}`, plan, before, wish.moves, idsKnown);

  const used = new Set(before.values());
  let moved: ReadonlyMap<string, string> = new Map();
  if (plan.dropped.some(({ id }) => used.has(id))) {
    // The target may be an option that is new itself: make it first, while those that go are still there.
    await sendOptions(github, field.id, withDropped(plan), idsKnown);
    const options = await optionsNow(github, board.id, field.id);
    moved = cardsToMove(plan, before, wish.moves, options);
    await setCards(github, board.id, field.id, moved);
  }
  const now = moved.size > 0 ? await optionsNow(github, board.id, field.id) : (field.options ?? []);
  const last = planOptions(now, wish.wanted, wish.renames, wish.ids);
  if (last.list) await sendOptions(github, field.id, last.list, idsKnown);
  await restore(github, board, field, new Map([...before, ...moved]));
}

/** Gives back the value to any card that has lost it all the same, as when it was moved in the meantime. */
async function restore(github: GitHub, board: Board, field: Field, expected: Cards): Promise<void> {
  const after = await cardsOf(github, board.id, field.name);
  const options = new Set((await optionsNow(github, board.id, field.id)).map(({ id }) => id));
  const lost = new Map<string, string>();
  for (const [card, option] of expected) {
    if (option !== null && after.get(card) === null && options.has(option)) lost.set(card, option);
  }
  await setCards(github, board.id, field.id, lost);
}

async function optionsNow(github: GitHub, projectId: string, fieldId: string): Promise<readonly Option[]> {
  const { node } = await github.query<{ node: Board }>(readBoard, { id: projectId });
  return node.fields.nodes.find(({ id }) => id === fieldId)?.options ?? [];
}

async function sendOptions(
  github: GitHub,
  fieldId: string,
  list: readonly OptionInput[],
  idsKnown: boolean,
): Promise<void> {
  const { document, variables } = together("ChangeOptions", [
    { name: "updateProjectV2Field", input: { fieldId, singleSelectOptions: forServer(list, idsKnown) } },
  ]);
  await github.mutate(document, variables);
}

/** The options as the server takes them: one that does not know ids refuses them. */
export function forServer(list: readonly OptionInput[], idsKnown: boolean): readonly OptionInput[] {
  return idsKnown ? list : list.map(({ name, color, description }) => ({ name, color, description }));
}
