import type { GitHub } from "../../lib/github/client.ts";
import type { Server } from "./model.ts";
import type { Mutation } from "./queries.ts";
import { readCards, together } from "./queries.ts";

/** Where a card is. */
export interface Card {
  /** Id of the option it is on; null where it has none. */
  readonly option: string | null;
  readonly archived: boolean;
}

/** By the card's id. */
export type Cards = ReadonlyMap<string, Card>;

/** Cards set by one document: GitHub answers in time, and a failure is never far from its start. */
const batch = 20;

interface Page {
  readonly node: {
    readonly items: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly {
        readonly id: string;
        readonly isArchived: boolean;
        readonly fieldValueByName: { readonly optionId?: string } | null;
      }[];
    };
  };
}

/** Every card of a board with its value of a single-select field, the archived ones included. */
export async function cardsOf(
  github: GitHub,
  projectId: string,
  field: string,
  server: Server,
): Promise<Cards> {
  const cards = new Map<string, Card>();
  for (let after: string | null = null; ;) {
    const { node }: Page = await github.query<Page>(readCards(server), { id: projectId, field, after });
    for (const { id, isArchived, fieldValueByName } of node.items.nodes)
      cards.set(id, { option: fieldValueByName?.optionId ?? null, archived: isArchived });
    if (!node.items.pageInfo.hasNextPage) return cards;
    after = node.items.pageInfo.endCursor;
  }
}

/**
 * Sets the value of cards: card id → option id. Setting one twice does no harm, so a lost answer is mended by the
 * next run. GitHub refuses to change an archived card, so that is taken out of the archive and put back.
 */
export async function setCards(
  github: GitHub,
  projectId: string,
  fieldId: string,
  values: ReadonlyMap<string, string>,
  cards: Cards,
): Promise<void> {
  const each = [...values].map(([itemId, singleSelectOptionId]): Mutation[] => {
    const set: Mutation = {
      name: "updateProjectV2ItemFieldValue",
      input: { projectId, itemId, fieldId, value: { singleSelectOptionId } },
    };
    const input = { projectId, itemId };
    if (cards.get(itemId)?.archived !== true) return [set];
    return [{ name: "unarchiveProjectV2Item", input }, set, { name: "archiveProjectV2Item", input }];
  });
  for (let start = 0; start < each.length; start += batch) {
    const { document, variables } = together("MoveCards", each.slice(start, start + batch).flat());
    await github.mutate(document, variables);
  }
}
