import type { Board, BoardInputs, BoardOutputs, ViewSpec } from "./model.ts";
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

/** The views that are there, and those that never were since the server cannot make them: the rest went by hand. */
export function viewsLeft({ views, checklist }: Pick<BoardOutputs, "views" | "checklist">, board: Board) {
  return views.filter((view) => isThere(view, board) || checklist.includes(viewToAdd(view, board)));
}

const isThere = ({ name }: ViewSpec, board: Board) => board.views.nodes.some((view) => view.name === name);

const viewToAdd = ({ name, layout }: ViewSpec, board: Board) =>
  `add a view "${name}" with the layout ${layout}: ${board.url}`;

/** What GitHub's API cannot do and a person has to, as far as reading shows that it is not done. */
function checklist(wanted: BoardInputs["views"], board: Board): string[] {
  const missingViews = wanted.filter((view) => !isThere(view, board)).map((view) => viewToAdd(view, board));
  // A workflow that sets Status moves cards behind the back of the workflow engine.
  const meddling = board.workflows.nodes
    .filter(({ name, enabled }) => enabled && /item added|item reopened|auto-add/i.test(name))
    .map(({ name }) => `switch off the workflow "${name}": ${board.url}/workflows`);
  return [...missingViews, ...meddling];
}
