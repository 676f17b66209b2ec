import type { Board, BoardInputs, BoardOutputs, FieldSpec, OptionColour } from "./model.ts";
import { unmarkedReadme } from "./marker.ts";
import { fieldOf, isLinked } from "./plan.ts";

/** The outputs: the inputs as the board really has them, so that a difference is seen as drift. */
export function report(inputs: BoardInputs, board: Board, adopted: boolean): BoardOutputs {
  const fields = inputs.fields.flatMap((spec): FieldSpec[] => {
    const field = fieldOf(board, spec.name);
    if (!field) return [];
    const type = field.dataType as FieldSpec["type"];
    return [
      spec.options ? { name: spec.name, type, options: plain(field.options) } : { name: spec.name, type },
    ];
  });
  const ids = inputs.fields.flatMap(({ name }) => {
    const field = fieldOf(board, name);
    return field ? [[name, field.id] as const] : [];
  });
  const about = adopted
    ? {}
    : {
        title: board.title,
        shortDescription: board.shortDescription ?? "",
        readme: unmarkedReadme(board.readme, inputs.repository),
        public: board.public,
      };
  return {
    ...inputs,
    ...about,
    statusOptions: plain(fieldOf(board, "Status")?.options),
    fields,
    projectId: board.id,
    number: board.number,
    url: board.url,
    statusFieldId: fieldOf(board, "Status")?.id ?? "",
    fieldIds: Object.fromEntries(ids),
    linked: isLinked(board, inputs.repository),
    adopted,
    checklist: checklist(inputs, board),
  };
}

function plain(options: readonly { name: string; color: string; description: string }[] = []) {
  return options.map(({ name, color, description }) => ({ name, color: color as OptionColour, description }));
}

/** What GitHub's API cannot do and a person has to, as far as reading shows that it is not done. */
function checklist(inputs: BoardInputs, board: Board): string[] {
  const views = new Set(board.views.nodes.map(({ name }) => name));
  const missingViews = inputs.views
    .filter(({ name }) => !views.has(name))
    .map(({ name, layout }) => `add a view "${name}" with the layout ${layout}: ${board.url}`);
  // A workflow that sets Status moves cards behind the back of the workflow engine.
  const meddling = board.workflows.nodes
    .filter(({ name, enabled }) => enabled && /item added|item reopened|auto-add/i.test(name))
    .map(({ name }) => `switch off the workflow "${name}": ${board.url}/workflows`);
  return [...missingViews, ...meddling];
}
