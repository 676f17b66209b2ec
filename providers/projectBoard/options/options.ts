import type { Option, OptionSpec } from "../model.ts";

/** The wanted options of a field, and the new place of the cards on those that go. */
export interface OptionWish {
  readonly wanted: readonly OptionSpec[];
  /** Old name → new name. */
  readonly renames: Readonly<Record<string, string>>;
  /** Name of an option that goes → the one its cards move to. */
  readonly moves: Readonly<Record<string, string>>;
  /** Name → id, as the board was left. */
  readonly ids: Readonly<Record<string, string>>;
}

/** An option as `updateProjectV2Field` takes it: with its id it stays the same option and keeps its cards. */
export interface OptionInput extends OptionSpec {
  readonly id?: string;
}

/** The steps that make a field's options as wanted. */
export interface OptionPlan {
  /** The whole list, in order; undefined when nothing is to change. */
  readonly list: readonly OptionInput[] | undefined;
  /** Options that go, which must hold no card by then. */
  readonly dropped: readonly Option[];
}

/**
 * Plans a field's options, keeping the id of each that stays: by its name, else by the id it was left with (then
 * somebody has renamed it by hand), else by its old name in `renames`, else by its name in another case. Without an
 * id GitHub would make a new option of the same name and clear the value of every card on the old.
 */
export function planOptions(current: readonly Option[], wish: OptionWish): OptionPlan {
  const { wanted, renames, ids } = wish;
  const { named, left, passedRound } = finder(current, wish);
  const names = new Set(wanted.map(({ name }) => name));
  const known = new Set([...Object.keys(renames), ...Object.keys(ids), ...current.map(({ name }) => name)]);
  const formerly = (name: string) =>
    [...known].filter((old) => !names.has(old) && (renames[old] ?? sameCase(old, name)) === name);
  const kept = new Map<string, Option>();
  const claim = (name: string, candidates: readonly (Option | undefined)[]) => {
    const taken = new Set(kept.values());
    const free = candidates.find((option) => option !== undefined && !taken.has(option));
    if (free) kept.set(name, free);
  };
  for (const { name } of wanted) if (!passedRound(name)) claim(name, [named(name)]);
  for (const { name } of wanted) {
    if (kept.has(name)) continue;
    const former = formerly(name).flatMap((old) =>
      passedRound(old) ? [left(old)] : [named(old), left(old)],
    );
    claim(name, [left(name), named(name), ...former]);
  }

  const list = wanted.map(({ name, color, description }): OptionInput => {
    const id = kept.get(name)?.id;
    return { ...(id === undefined ? {} : { id }), name, color, description };
  });
  const keptIds = new Set(list.map(({ id }) => id));
  const same =
    list.length === current.length && list.every((option, i) => sameOption(option, current[i] as Option));
  return {
    list: same ? undefined : list,
    dropped: current.filter(({ id }) => !keptIds.has(id)),
  };
}

/** Finds an option by a name: the one that has it now, and the one that had it when the board was left. */
function finder(current: readonly Option[], { wanted, renames, moves, ids }: OptionWish) {
  const named = (name: string) => current.find((option) => option.name === name);
  const left = (name: string) => current.find(({ id }) => id === ids[name]);
  const spoken = [...wanted.map(({ name }) => name), ...Object.keys(renames), ...Object.keys(moves)];
  const meant = new Set(spoken.map((name) => name.toLowerCase()));
  /** Whether options have exchanged names by hand: another has this one, and was left under one that is meant too. */
  const passedRound = (name: string): boolean => {
    const [now, before] = [named(name), left(name)];
    const itsOwn = now && nameLeft(now, ids);
    if (before === undefined || before === now || itsOwn === undefined) return false;
    if (!meant.has(itsOwn.toLowerCase())) return false;
    const there = named(itsOwn);
    return there === undefined || nameLeft(there, ids) !== undefined;
  };
  return { named, left, passedRound };
}

/** The name, when the old one differs from it in its case alone. */
function sameCase(old: string, name: string): string | undefined {
  return old.toLowerCase() === name.toLowerCase() ? name : undefined;
}

/** The name an option had when the board was left. */
export function nameLeft({ id }: Option, ids: OptionWish["ids"]): string | undefined {
  return Object.keys(ids).find((name) => ids[name] === id);
}

function sameOption(a: OptionInput, b: Option): boolean {
  return a.id === b.id && a.name === b.name && a.color === b.color && a.description === b.description;
}
