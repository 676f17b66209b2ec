import type { Card, Cards } from "./cards.ts";
import type { Board, Field, Option, Server } from "../model.ts";
import type { OptionPlan, OptionWish } from "./options.ts";
import { nameLeft } from "./options.ts";

/** Refuses a plan by which cards would lose their value. */
export function refuseLoss(
  { url }: Board,
  field: Field,
  plan: OptionPlan,
  cards: Cards,
  wish: OptionWish,
  server: Server,
): void {
  if (!plan.list) return;
  const what = `board ${url}, field ${field.name}`;
  const held = [...cards.byId.values()].filter(({ option }) => option !== null);
  const hidden = cards.unreadable;
  if (!server.optionIds && held.length + hidden > 0) {
    const cleared = [...(held.length > 0 ? [count(held)] : []), ...(hidden > 0 ? [unread(hidden)] : [])];
    throw new Error(
      `${what}: this GitHub server does not take the ids of options, so changing them would clear the value of ${cleared.join(" and of ")}; change the options in the browser, or update the server`,
    );
  }
  if (hidden > 0 && plan.dropped.length > 0) {
    const dropped = plan.dropped.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new Error(
      `${what}: refused to drop ${dropped}: ${unread(hidden)} can be on ${plan.dropped.length === 1 ? "it" : "one of them"}; give the token's user access to the repositories of all cards, or take those cards off the board, and run the same command again`,
    );
  }
  const names = new Set(plan.list.map(({ name }) => name));
  const problems = plan.dropped.flatMap((option) => {
    const used = held.filter((card) => card.option === option.id);
    const target = destination(option, wish);
    if (used.length === 0 || (target !== undefined && names.has(target))) return [];
    const renamed = new Map(Object.entries(wish.renames)).get(option.name);
    const why = [
      ...(target === undefined ? [] : [` and "${target}" is no option`]),
      ...(renamed === undefined ? [] : [` and cannot become "${renamed}", which is another option`]),
    ];
    return [`"${option.name}" holds ${count(used)}${why.join("")}`];
  });
  if (problems.length === 0) return;
  const remedy =
    field.name === "Status"
      ? "say in statusMoves where those cards go, or in statusRenames what the option is called now"
      : "give those cards another value on the board, or the option its new name there, and run the same command again";
  throw new Error(`${what}: refused to drop options in use: ${problems.join("; ")}; ${remedy}`);
}

/** A line for each option that goes, so that none that people made goes silently. */
export function whatGoes(
  { url }: Board,
  field: Field,
  { list, dropped }: OptionPlan,
  cards: Cards,
  wish: OptionWish,
): string[] {
  if (!list) return [];
  return dropped.map((option) => {
    const used = [...cards.byId.values()].filter((card) => card.option === option.id);
    const then =
      used.length === 0
        ? "no card is on it"
        : `${count(used)} of it to be moved to "${destination(option, wish) ?? ""}"`;
    return `board ${url}, field ${field.name}: the option "${option.name}" goes; ${then}`;
  });
}

/** The name of the option to which the cards of one that goes move; it may have been renamed by hand meanwhile. */
export function destination(option: Option, { moves, ids }: OptionWish): string | undefined {
  const to = new Map(Object.entries(moves));
  return to.get(nameLeft(option, ids) ?? "") ?? to.get(option.name);
}

function unread(hidden: number): string {
  return hidden === 1
    ? "1 card whose value the token cannot read"
    : `${hidden} cards whose value the token cannot read`;
}

function count(cards: readonly Card[]): string {
  const archived = cards.filter((card) => card.archived).length;
  const all = cards.length === 1 ? "1 card" : `${cards.length} cards`;
  return archived === 0 ? all : `${all} (${archived} archived)`;
}
