import type { Option, OptionSpec } from "./model.ts";

/** An option as `updateProjectV2Field` takes it: with its id it stays the same option and keeps its cards. */
export interface OptionInput extends OptionSpec {
  readonly id?: string;
}

/** How the options of a field become what is wanted. */
export interface OptionPlan {
  /** The whole list, in order; undefined when nothing is to change. */
  readonly list: readonly OptionInput[] | undefined;
  /** Options that go, which must hold no card by then. */
  readonly dropped: readonly Option[];
}

/**
 * Plans a field's options, keeping the id of each that stays: by its name, else by the id it was left with (then
 * somebody has renamed it by hand), else by the old name in `renames`. Without an id GitHub would make a new option
 * of the same name and clear the value of every card on the old.
 *
 * @param ids - name → id, as the board was left
 */
export function planOptions(
  current: readonly Option[],
  wanted: readonly OptionSpec[],
  renames: Readonly<Record<string, string>> = {},
  ids: Readonly<Record<string, string>> = {},
): OptionPlan {
  const byName = new Map(current.map((option) => [option.name, option]));
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const renamedByHand = (name: string) =>
    current.find((option) => option.id === ids[name] && !wantedNames.has(option.name));
  const list = wanted.map((spec): OptionInput => {
    const former = Object.keys(renames).find((old) => renames[old] === spec.name && !wantedNames.has(old));
    const kept =
      byName.get(spec.name) ??
      renamedByHand(spec.name) ??
      (former === undefined ? undefined : (byName.get(former) ?? renamedByHand(former)));
    const { name, color, description } = spec;
    return kept ? { id: kept.id, name, color, description } : { name, color, description };
  });
  const keptIds = new Set(list.map(({ id }) => id));
  const same =
    list.length === current.length && list.every((option, i) => sameOption(option, current[i] as Option));
  return {
    list: same ? undefined : list,
    dropped: current.filter(({ id }) => !keptIds.has(id)),
  };
}

/** The plan's list with the options that go still in it, at the end: for moving cards off them first. */
export function withDropped(plan: OptionPlan): readonly OptionInput[] {
  return [...(plan.list ?? []), ...plan.dropped];
}

function sameOption(a: OptionInput, b: Option): boolean {
  return a.id === b.id && a.name === b.name && a.color === b.color && a.description === b.description;
}
