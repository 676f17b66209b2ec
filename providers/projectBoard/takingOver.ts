import type { Board, Option, OptionSpec } from "./model.ts";
import type { OptionPlan } from "./options/options.ts";
import type { BoardPlan } from "./plan.ts";
import type { Mutation } from "./queries.ts";

/**
 * A line for each change of a board that people made, besides options and workflows that go: what people set up must not
 * change without a word.
 *
 * @param options - the plans for the fields whose options change, by the field's name
 */
export function whatChanges(
  board: Board,
  { mutations, views }: BoardPlan,
  options: ReadonlyMap<string, OptionPlan>,
): string[] {
  const lines = [
    ...mutations.flatMap((mutation) => lineOf(board, mutation) ?? []),
    ...views.map(({ name }) => `the view "${name}" is added`),
    ...[...options].flatMap(([field, plan]) =>
      changedOptions(board, field, plan).map((line) => `field ${field}: ${line}`),
    ),
  ];
  return lines.map((line) => `board ${board.url}, which people made: ${line}`);
}

function lineOf({ fields }: Board, { name, input }: Mutation): string | undefined {
  const named = JSON.stringify(input["name"]);
  if (name === "createProjectV2Field") return `the field ${named} is added`;
  if (name === "updateProjectV2Field") {
    const field = fields.nodes.find(({ id }) => id === input["fieldId"]);
    return `the field "${field?.name ?? ""}" becomes ${named}`;
  }
  if (name === "linkProjectV2ToRepository") return "it is linked to the repository";
  if (name === "updateProjectV2") return "a comment that names this program is put at the end of its readme";
  return undefined;
}

function changedOptions(board: Board, field: string, { list = [] }: OptionPlan): string[] {
  const before = board.fields.nodes.find(({ name }) => name === field)?.options ?? [];
  const kept = list.flatMap((after) => {
    const option = before.find(({ id }) => id === after.id);
    return option === undefined ? [] : [{ option, after }];
  });
  const order = before.filter((option) => kept.some((one) => one.option === option));
  const isReordered = kept.some(({ option }, at) => option !== order[at]);
  return [
    ...list.filter(({ id }) => id === undefined).map(({ name }) => `the option "${name}" is added`),
    ...kept.flatMap(({ option, after }) => changedParts(option, after)),
    ...(isReordered ? ["its options get another order"] : []),
  ];
}

function changedParts(before: Option, after: OptionSpec): string[] {
  const parts = [
    ...(before.name === after.name ? [] : [`becomes "${after.name}"`]),
    ...(before.color === after.color ? [] : [`gets the colour ${after.color}, not ${before.color}`]),
    ...(before.description === after.description ? [] : [wordsOf(before.description, after.description)]),
  ];
  return parts.map((part) => `the option "${before.name}" ${part}`);
}

function wordsOf(before: string, after: string): string {
  if (after === "") return `loses its description "${before}"`;
  return `gets the description "${after}"${before === "" ? "" : `, not "${before}"`}`;
}
