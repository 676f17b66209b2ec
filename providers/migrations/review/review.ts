import type pg from "pg";
import type { Migration } from "../files/files.ts";
import type { Plan } from "../run/plan.ts";
import { candidatesOn, effectsBy, NameList, partOf, type Effects } from "./effects.ts";
import { askCatalogue, type Facts } from "./facts.ts";
import { loadParser } from "./tree/parser.ts";
import type { Counted, FileReport, MigrationsReport, StatementReport } from "./report.ts";
import { find, locksOf, locksUnseen, type Candidates, type Lock } from "./tree/locksOf.ts";
import type { Warning } from "./warnings.ts";

/** A file with more statements, or a longer text, is shown by its first and last statements. */
const longFile = { statements: 200, characters: 100_000 };
const shownOfLong = { first: 20, last: 5 };

/** Characters of a statement that are shown. */
const longStatement = 4_000;

/**
 * Reviews a plan: every statement with the locks it takes on what is there already, and its warnings.
 *
 * @param client - a session that reads the catalogue; a text says why there is none
 */
export async function reviewPlan(plan: Plan, client: pg.Client | string): Promise<MigrationsReport> {
  const blind = typeof client === "string" ? { blind: client } : {};
  const { unannounced, pending } = plan;
  const adopt = plan.adopt.map(({ name }) => name);
  if (pending.length === 0) return { ...blind, adopt, unannounced, files: [] };
  const effects = effectsBy(await loadParser());
  const names = new NameList();
  for (const migration of pending)
    for (const { effect, candidates } of steps(migration, effects)) names.add(effect, candidates);
  const facts = typeof client === "string" ? undefined : await askCatalogue(client, names);
  const made = new Set<string>();
  const files = pending.map((migration) => reviewFile(migration, plan, effects, facts, made));
  return { ...blind, adopt, unannounced, files };
}

interface Step {
  readonly at: number;
  readonly text: string;
  readonly effect: Effects;
  readonly candidates: Candidates;
}

/** The statements of a file with what each does, and what its names mean at that place. */
function* steps({ statements }: Migration, effects: (text: string) => Effects): Generator<Step> {
  let path: readonly string[] | undefined;
  for (const [at, { text }] of statements.entries()) {
    const effect = effects(text);
    yield { at, text, effect, candidates: candidatesOn(path) };
    if (effect.searchPath !== undefined)
      path = effect.searchPath === "default" ? undefined : effect.searchPath;
  }
}

function reviewFile(
  migration: Migration,
  plan: Plan,
  effects: (text: string) => Effects,
  facts: Facts | undefined,
  made: Set<string>,
): FileReport {
  const { name, statements, sql, noTransaction } = migration;
  const done = plan.interrupted.get(name);
  const from = done ?? 0;
  const isLong = statements.length - from > longFile.statements || sql.length > longFile.characters;
  const first: StatementReport[] = [];
  const last: StatementReport[] = [];
  const locks = new Tally<Lock>(({ table, mode }) => `${mode} ${table}`);
  const warnings = new Tally<Warning>(({ text }) => text);
  for (const { at, text, effect, candidates } of steps(migration, effects)) {
    if (at < from) continue;
    const found = locksAndWarnings(effect, candidates, facts, made);
    locks.add(found.locks);
    warnings.add(found.warnings);
    const isFirst = !isLong || at - from < shownOfLong.first;
    if (!isFirst && at < statements.length - shownOfLong.last) continue;
    (isFirst ? first : last).push({ text: cut(text), ...found });
  }
  return {
    name,
    statements: statements.length,
    length: sql.length,
    transaction: !noTransaction && done === undefined,
    ...(done === undefined ? {} : { done }),
    first,
    omitted: statements.length - from - first.length - last.length,
    last,
    locks: locks.entries(),
    warnings: warnings.entries(),
  };
}

function cut(text: string): string {
  if (text.length <= longStatement) return text;
  return `${text.slice(0, longStatement)} … (${text.length.toLocaleString("en")} characters)`;
}

/** The locks and risks of a statement; an object that the plan itself makes is nobody's yet. */
function locksAndWarnings(
  { demands, dangers, makes, makesPart, ifNotExists }: Effects,
  candidates: Candidates,
  facts: Facts | undefined,
  made: Set<string>,
): Pick<StatementReport, "locks" | "warnings"> {
  const isMade = (name: string): boolean => candidates(name).some((candidate) => made.has(candidate));
  const there = (name: string) => facts && find(facts, candidates(name));
  const stays = makes !== undefined && ifNotExists === true && there(makes) !== undefined;
  // CREATE TABLE IF NOT EXISTS locks nothing of a table that is there; CREATE OR REPLACE VIEW does.
  const asked =
    stays && !demands.some(({ name }) => name === makes) ? [] : demands.filter(({ name }) => !isMade(name));
  // A trigger that an earlier statement of the plan made is there by then.
  const hasPart = asked.map((demand) =>
    demand.part !== undefined && made.has(partOf(demand.name, demand.part))
      ? { ...demand, part: undefined }
      : demand,
  );
  const locks = facts ? locksOf(hasPart, facts, candidates) : locksUnseen(asked);
  const warnings = dangers
    .filter(({ table }) => table === undefined || !isMade(table))
    .map(({ risk, text, table, withRows }) => {
      const rows = table === undefined ? undefined : there(table)?.rows;
      return { risk, text: rows && withRows ? text + withRows(rows.toLocaleString("en")) : text };
    });
  if (makesPart !== undefined) made.add(makesPart);
  if (makes !== undefined && !stays)
    for (const candidate of candidates(makes).slice(0, 1)) made.add(candidate);
  return { locks, warnings };
}

/** Counts what is alike. */
class Tally<T> {
  readonly #counts = new Map<string, { value: T; count: number }>();
  readonly #key: (value: T) => string;

  constructor(key: (value: T) => string) {
    this.#key = key;
  }

  add(values: readonly T[]): void {
    for (const value of values) {
      const before = this.#counts.get(this.#key(value));
      if (before) before.count += 1;
      else this.#counts.set(this.#key(value), { value, count: 1 });
    }
  }

  entries(): Counted<T>[] {
    return [...this.#counts.values()].map(({ value, count }) => ({ ...value, count }));
  }
}
