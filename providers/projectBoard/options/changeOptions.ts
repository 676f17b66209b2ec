import { type GitHub, LostAnswerError } from "../../../lib/github/client.ts";
import type { Cards } from "./cards.ts";
import type { Board, Field, Option, Server } from "../model.ts";
import type { OptionInput, OptionPlan, OptionWish } from "./options.ts";
import { cardsOf, setCards } from "./cards.ts";
import { destination, refuseLoss } from "./loss.ts";
import { planOptions } from "./options.ts";
import { observe } from "../observe.ts";
import { mostOptions } from "../problems.ts";
import { together } from "../queries.ts";

/**
 * Changes the options of a field on a board that has cards, so that no card loses its value: counts the cards,
 * refuses what would lose some, moves those of an option that goes, changes the options, and looks again.
 */
export async function changeOptions(
  github: GitHub,
  board: Board,
  field: Field,
  wish: OptionWish,
  server: Server,
): Promise<void> {
  const plan = planOptions(field.options ?? [], wish);
  if (!plan.list) return;
  const before = await cardsOf(github, board.id, field, server);
  refuseLoss(board, field, plan, before, wish, server);

  let list: readonly OptionInput[] = plan.list;
  const targets = targetsOf(plan, before, wish);
  const first = firstList(board, field, plan, targets);
  if (first) {
    await sendOptions(github, field.id, first, server);
    const options = await optionsNow(github, board.id, field.id);
    list = planOptions(options, wish).list ?? list;
  }
  const moved = cardsToMove(before, targets, list);
  await setCards(github, board.id, field.id, moved, before);
  await sendOptions(github, field.id, list, server);
  await restore(github, board, field, before, moved, server);
}

/** Id of each option that goes and holds cards → name of the option that they move to. */
function targetsOf({ dropped }: OptionPlan, cards: Cards, wish: OptionWish): ReadonlyMap<string, string> {
  const used = new Set([...cards.byId.values()].map(({ option }) => option));
  return new Map(
    dropped.flatMap((option) => {
      const name = used.has(option.id) ? destination(option, wish) : undefined;
      return name === undefined ? [] : [[option.id, name] as const];
    }),
  );
}

/**
 * The list with a new option that cards move to: it is made first, while the options that go are still there.
 *
 * @returns undefined when every target is there already
 */
function firstList(
  { url }: Board,
  { name: field }: Field,
  { list = [], dropped }: OptionPlan,
  targets: ReadonlyMap<string, string>,
): readonly OptionInput[] | undefined {
  const names = new Set(targets.values());
  if (!list.some(({ id, name }) => id === undefined && names.has(name))) return undefined;
  const staying = list.filter(({ id, name }) => id !== undefined || names.has(name));
  const taken = new Set(staying.map(({ name }) => name.toLowerCase()));
  // By hand one that goes may have been given a name that another has in the settings.
  const going = dropped
    .filter(({ id }) => targets.has(id))
    .map((option) =>
      taken.has(option.name.toLowerCase()) ? { ...option, name: `${option.name} (goes)` } : option,
    );
  const first = [...staying, ...going];
  if (first.length <= mostOptions) return first;
  throw new Error(
    `board ${url}, field ${field}: while cards move from ${texts(going)} to an option that is new, it would have ${first.length} options, and GitHub takes at most ${mostOptions}; move them to one that is there already, or drop another option in a run before`,
  );
}

function texts(options: readonly Option[]): string {
  return options.map(({ name }) => JSON.stringify(name)).join(", ");
}

/** The cards to move: card id → id of the option it goes to. */
function cardsToMove(
  cards: Cards,
  targets: ReadonlyMap<string, string>,
  list: readonly OptionInput[],
): ReadonlyMap<string, string> {
  const idOf = new Map(list.map(({ name, id }) => [name, id]));
  const toMove = new Map<string, string>();
  for (const [card, { option }] of cards.byId) {
    const target = option === null ? undefined : idOf.get(targets.get(option) ?? "");
    if (target !== undefined) toMove.set(card, target);
  }
  return toMove;
}

/** Gives back the value to any card that has lost it all the same, as when it was moved in the meantime. */
async function restore(
  github: GitHub,
  board: Board,
  field: Field,
  before: Cards,
  moved: ReadonlyMap<string, string>,
  server: Server,
): Promise<void> {
  if (before.byId.size === 0) return;
  const after = await cardsOf(github, board.id, field, server);
  const options = new Set((await optionsNow(github, board.id, field.id)).map(({ id }) => id));
  const lost = new Map<string, string>();
  for (const [card, { option }] of before.byId) {
    const expected = moved.get(card) ?? option;
    if (expected !== null && after.byId.get(card)?.option === null && options.has(expected)) {
      lost.set(card, expected);
    }
  }
  await setCards(github, board.id, field.id, lost, after);
}

async function optionsNow(github: GitHub, projectId: string, fieldId: string): Promise<readonly Option[]> {
  const now = await observe(github, projectId);
  const field = now?.board.fields.nodes.find(({ id }) => id === fieldId);
  // Without the list nobody knows which options are there, and a list that leaves one out drops it.
  if (!field?.options) {
    throw new LostAnswerError({
      said: `board ${projectId}, field ${fieldId}: expected its options, got none`,
      remedy: "run the same command again",
    });
  }
  return field.options;
}

async function sendOptions(
  github: GitHub,
  fieldId: string,
  list: readonly OptionInput[],
  server: Server,
): Promise<void> {
  const singleSelectOptions = forServer(list, server.optionIds);
  const { document, variables, steps } = together("ChangeOptions", [
    { name: "updateProjectV2Field", input: { fieldId, singleSelectOptions } },
  ]);
  await github.mutate(document, variables, { steps });
}

/** The options as the server takes them: one that does not know ids refuses them. */
export function forServer(list: readonly OptionInput[], idsKnown: boolean): readonly OptionInput[] {
  return idsKnown ? list : list.map(({ name, color, description }) => ({ name, color, description }));
}
