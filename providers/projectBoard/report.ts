import type { Board, BoardInputs, BoardOutputs, ViewSpec } from "./model.ts";
import { digestOf, seen, type Look } from "./compared.ts";
import { fieldOf, isLinked } from "./plan.ts";
import { meddling } from "./workflows.ts";

/** Inputs and outputs of a board that GitHub does not hold. */
type Known = Pick<
  BoardInputs,
  "owner" | "repository" | "repositoryId" | "repositoryKnownAs" | "views" | "deleteOnDestroy"
> &
  Pick<BoardOutputs, "keepWorkflows" | "keepsRepository">;

interface Circumstances {
  readonly adopted: boolean;
  /** The board was linked to the repository, which the token cannot see. */
  readonly wasLinked: boolean;
  /** GitHub refused to switch workflows off. */
  readonly workflowsRefused?: boolean | undefined;
}

/**
 * The outputs: the board's ids, and a digest of it as it is, so that a difference is seen as drift.
 *
 * @param fields - names of the fields besides Status that matter
 */
export function report(
  known: Known,
  fields: readonly string[],
  board: Board,
  { adopted, wasLinked, workflowsRefused = false }: Circumstances,
): BoardOutputs {
  const { owner, repository, repositoryId, repositoryKnownAs, views, deleteOnDestroy } = known;
  const { keepWorkflows, keepsRepository } = known;
  const ids = fields.flatMap((name) => {
    const field = fieldOf(board, name);
    return field ? [[name, field.id] as const] : [];
  });
  return {
    owner,
    repository,
    repositoryId,
    ...(repositoryKnownAs !== undefined && { repositoryKnownAs }),
    views,
    deleteOnDestroy,
    ...(keepsRepository !== undefined && { keepsRepository }),
    ...(keepWorkflows && { keepWorkflows }),
    ...(workflowsRefused && { workflowsRefused }),
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
    linked: isLinked(board, known) || (board.repositories.hidden > 0 && wasLinked),
    adopted,
    checklist: checklist(views, board),
    is: digestOf(seen(board, look({ ...known, workflowsRefused }, fields, adopted))),
  };
}

/** The comparison's inputs for a board with these known values. */
export function look(
  known: Pick<BoardOutputs, "repository" | "repositoryId" | "keepWorkflows" | "workflowsRefused">,
  fields: readonly string[],
  adopted: boolean,
): Look {
  const { repository, repositoryId, keepWorkflows = false, workflowsRefused = false } = known;
  return { repository, repositoryId, fields, adopted, keepWorkflows: keepWorkflows || workflowsRefused };
}

/** The views that are there, and those that never were since the server cannot make them: the rest went by hand. */
export function viewsLeft({ views, checklist }: Pick<BoardOutputs, "views" | "checklist">, board: Board) {
  if (board.views.hidden > 0) return views;
  return views.filter((view) => isThere(view, board) || checklist.includes(viewToAdd(view, board)));
}

const isThere = ({ name }: ViewSpec, board: Board) => board.views.nodes.some((view) => view.name === name);

const viewToAdd = ({ name, layout }: ViewSpec, board: Board) =>
  `add a view "${name}" with the layout ${layout}: ${board.url}`;

/** The steps that GitHub's API cannot take and a person has to, as far as reading shows that they are not done. */
function checklist(wanted: BoardInputs["views"], board: Board): string[] {
  const { views, workflows, url } = board;
  const missing = wanted.filter((view) => !isThere(view, board));
  // A workflow that sets Status moves cards behind the back of the workflow engine.
  const toSwitchOff = meddling(board).map(
    ({ name }) => `switch off the workflow "${name}": ${url}/workflows`,
  );
  return [
    ...missing.map((view) =>
      views.hidden === 0
        ? viewToAdd(view, board)
        : `look for a view "${view.name}", since ${views.hidden} views are hidden from the token: ${url}`,
    ),
    ...toSwitchOff,
    ...(workflows.hidden === 0
      ? []
      : [
          `look at the workflows, since ${workflows.hidden} of them are hidden from the token: ${url}/workflows`,
        ]),
  ];
}
