import type { Board, BoardInputs, BoardOutputs } from "./model.ts";
import { digestOf, seen } from "./essence.ts";
import { fieldOf, isLinked } from "./plan.ts";

/**
 * The outputs: the board's ids, and a digest of it as it is, so that a difference is seen as drift.
 *
 * @param fields - names of the fields besides Status that matter
 */
export function report(
  known: Pick<BoardInputs, "owner" | "repository" | "repositoryId" | "views" | "deleteOnDestroy">,
  fields: readonly string[],
  board: Board,
  adopted: boolean,
): BoardOutputs {
  const { owner, repository, repositoryId, views, deleteOnDestroy } = known;
  const ids = fields.flatMap((name) => {
    const field = fieldOf(board, name);
    return field ? [[name, field.id] as const] : [];
  });
  return {
    owner,
    repository,
    repositoryId,
    views,
    deleteOnDestroy,
    projectId: board.id,
    number: board.number,
    url: board.url,
    statusFieldId: fieldOf(board, "Status")?.id ?? "",
    fieldIds: Object.fromEntries(ids),
    optionIds: Object.fromEntries(
      ["Status", ...fields].flatMap((name) => {
        const options = fieldOf(board, name)?.options;
        return options ? [[name, Object.fromEntries(options.map((option) => [option.name, option.id]))]] : [];
      }),
    ),
    linked: isLinked(board, repository),
    adopted,
    checklist: checklist(views, board),
    is: digestOf(seen(board, fields, adopted)),
  };
}

/** What GitHub's API cannot do and a person has to, as far as reading shows that it is not done. */
function checklist(wanted: BoardInputs["views"], board: Board): string[] {
  const views = new Set(board.views.nodes.map(({ name }) => name));
  const missingViews = wanted
    .filter(({ name }) => !views.has(name))
    .map(({ name, layout }) => `add a view "${name}" with the layout ${layout}: ${board.url}`);
  // A workflow that sets Status moves cards behind the back of the workflow engine.
  const meddling = board.workflows.nodes
    .filter(({ name, enabled }) => enabled && /item added|item reopened|auto-add/i.test(name))
    .map(({ name }) => `switch off the workflow "${name}": ${board.url}/workflows`);
  return [...missingViews, ...meddling];
}
