import type { GitHub } from "../github.ts";
import type { Option } from "./model.ts";
import type { OptionPlan } from "./options.ts";
import type { Mutation } from "./queries.ts";
import { readCards, together } from "./queries.ts";

/** Card id → id of the option it is on, or null where it has none. */
export type Cards = ReadonlyMap<string, string | null>;

/** Mutations in one document: GitHub answers in time, and a failure is never far from its start. */
const batch = 20;

interface Page {
  readonly node: {
    readonly items: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly {
        readonly id: string;
        readonly fieldValueByName: { readonly optionId?: string } | null;
      }[];
    };
  };
}

/** Every card of a board with its value of a single-select field. */
export async function cardsOf(github: GitHub, projectId: string, field: string): Promise<Cards> {
  const cards = new Map<string, string | null>();
  for (let after: string | null = null; ;) {
    const { node }: Page = await github.query<Page>(readCards, { id: projectId, field, after });
    for (const { id, fieldValueByName } of node.items.nodes)
      cards.set(id, fieldValueByName?.optionId ?? null);
    if (!node.items.pageInfo.hasNextPage) return cards;
    after = node.items.pageInfo.endCursor;
  }
}

/**
 * Refuses a plan by which cards would lose their value.
 *
 * @param moves - name of an option that goes → name of the one its cards move to
 * @param idsKnown - whether the server takes the ids of options
 */
export function refuseLoss(
  what: string,
  plan: OptionPlan,
  cards: Cards,
  moves: Readonly<Record<string, string>>,
  idsKnown: boolean,
): void {
  if (!plan.list) return;
  const held = [...cards.values()].filter((option) => option !== null);
  if (!idsKnown && held.length > 0) {
    throw new Error(
      `${what}: this GitHub server does not take the ids of options, so changing them would clear the value of ${count(held.length)}; change the options in the browser, or update the server`,
    );
  }
  const names = new Set(plan.list.map(({ name }) => name));
  const problems = plan.dropped.flatMap((option) => {
    const used = held.filter((id) => id === option.id).length;
    const target = moves[option.name];
    if (used === 0 || (target !== undefined && names.has(target))) return [];
    const wrong = target === undefined ? "" : ` and "${target}" is no option`;
    return [`"${option.name}" holds ${count(used)}${wrong}`];
  });
  if (problems.length > 0) {
    throw new Error(
      `${what}: refused to drop options in use: ${problems.join("; ")}; say in statusMoves where those cards go, or in statusRenames what the option is called now`,
    );
  }
}

function count(cards: number): string {
  return cards === 1 ? "1 card" : `${cards} cards`;
}

/** The cards to move: card id → id of the option it goes to. */
export function cardsToMove(
  plan: OptionPlan,
  cards: Cards,
  moves: Readonly<Record<string, string>>,
  options: readonly Option[],
): ReadonlyMap<string, string> {
  const idOf = new Map(options.map(({ name, id }) => [name, id]));
  const targets = new Map(plan.dropped.map(({ id, name }) => [id, idOf.get(moves[name] ?? "")]));
  const toMove = new Map<string, string>();
  for (const [card, option] of cards) {
    const target = option === null ? undefined : targets.get(option);
    if (target !== undefined) toMove.set(card, target);
  }
  return toMove;
}

/** Sets the value of cards. Setting one twice does no harm, so a lost answer is mended by the next run. */
export async function setCards(
  github: GitHub,
  projectId: string,
  fieldId: string,
  values: ReadonlyMap<string, string>,
): Promise<void> {
  const mutations = [...values].map(([itemId, singleSelectOptionId]): Mutation => ({
    name: "updateProjectV2ItemFieldValue",
    input: { projectId, itemId, fieldId, value: { singleSelectOptionId } },
  }));
  for (let start = 0; start < mutations.length; start += batch) {
    const { document, variables } = together("MoveCards", mutations.slice(start, start + batch));
    await github.mutate(document, variables);
  }
}
