import { type Connection, listAll, listed } from "../../../lib/github/paging.ts";
import type { GitHub } from "../../../lib/github/client.ts";
import type { Field, Server } from "../model.ts";
import type { Mutation } from "../queries.ts";
import { readCards, together } from "../queries.ts";

/** A card whose value the token can read. */
export interface Card {
  /** Id of the option it is on; null where it has none. */
  readonly option: string | null;
  readonly archived: boolean;
}

/** The cards of a board. */
export interface Cards {
  /** By the card's id. */
  readonly byId: ReadonlyMap<string, Card>;
  /** Number of cards that are there and whose value the token cannot read: any of them may be on any option. */
  readonly unreadable: number;
}

/** Cards set by one document: GitHub answers in time, and a failure is never far from its start. */
const batch = 20;

interface AnsweredCard {
  readonly id: string;
  readonly type: string;
  readonly isArchived: boolean;
  /** Null on a card without a value; without an option's id where GitHub hides that. */
  readonly fieldValueByName: { readonly optionId?: string | null } | null;
  /** Every value of the card; a card that can be read has a title at least. */
  readonly fieldValues?: Connection<{ readonly optionId?: string | null; readonly field?: { id?: string } }>;
}

/** Every card of a board with its value of a single-select field, the archived ones included. */
export async function cardsOf(
  github: GitHub,
  projectId: string,
  field: Field,
  server: Server,
): Promise<Cards> {
  const { nodes, hidden } = await listAll(async (after) => {
    const answer = await github.query<{ node?: { items?: Connection<AnsweredCard> | null } | null }>(
      readCards(server),
      { id: projectId, field: field.name, after },
    );
    return answer.node?.items;
  });
  const byId = new Map<string, Card>();
  let unreadable = hidden;
  for (const card of nodes) {
    const option = optionOf(card, field);
    if (option === undefined) unreadable += 1;
    else byId.set(card.id, { option, archived: card.isArchived });
  }
  return { byId, unreadable };
}

/**
 * The option a card is on, null for none; undefined where that cannot be read. No value is believed only where the
 * list of all of the card's values says the same.
 */
function optionOf(card: AnsweredCard, field: Field): string | null | undefined {
  if (card.type === "REDACTED") return undefined;
  if (card.fieldValueByName) return card.fieldValueByName.optionId ?? undefined;
  const values = listed(card.fieldValues);
  const value = values.nodes.find((one) => one.field?.id === field.id);
  if (value) return value.optionId ?? undefined;
  return values.hidden > 0 || values.nodes.length === 0 ? undefined : null;
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
  { byId }: Cards,
): Promise<void> {
  const each = [...values].map(([itemId, singleSelectOptionId]): Mutation[] => {
    const set: Mutation = {
      name: "updateProjectV2ItemFieldValue",
      input: { projectId, itemId, fieldId, value: { singleSelectOptionId } },
    };
    const input = { projectId, itemId };
    if (byId.get(itemId)?.archived !== true) return [set];
    return [{ name: "unarchiveProjectV2Item", input }, set, { name: "archiveProjectV2Item", input }];
  });
  for (let start = 0; start < each.length; start += batch) {
    const { document, variables, steps } = together("MoveCards", each.slice(start, start + batch).flat());
    await github.mutate(document, variables, { steps });
  }
}
