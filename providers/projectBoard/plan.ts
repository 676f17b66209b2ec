import type { Board, BoardInputs, BoardOutputs, Field, FieldSpec, Server } from "./model.ts";
import type { Mutation } from "./queries.ts";
import { forServer } from "./options/changeOptions.ts";
import { isMarked, markedReadme, sameName, unmarkedReadme, type RepositoryKey } from "./identity/marker.ts";
import { type OptionWish, planOptions } from "./options/options.ts";
import { meddling } from "./workflows.ts";

/** The changes on GitHub that make a board as wanted. */
export interface BoardPlan {
  /** Safe to send in one document; one of the board itself is the last, so that its answer has all of it. */
  readonly mutations: readonly Mutation[];
  /** Options of fields on a board that may have cards: to be changed with care, one after the other. */
  readonly careful: readonly { readonly field: Field; readonly wish: OptionWish }[];
  readonly views: BoardInputs["views"];
}

/** Status, with the field specifications after it: all fields the board needs. */
export function fieldSpecs(inputs: BoardInputs): readonly FieldSpec[] {
  return [{ name: "Status", type: "SINGLE_SELECT", options: inputs.statusOptions }, ...inputs.fields];
}

/** The field of that name, as the board has it. */
export function fieldOf(board: Board, name: string): Field | undefined {
  return board.fields.nodes.find((field) => field.name === name);
}

/** GitHub takes no second field whose name differs in its case alone, so this is the one that is meant. */
function inOtherCase(board: Board, { name }: FieldSpec): Field | undefined {
  return board.fields.nodes.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

/** Ids of fields and options as the board was left: what was renamed by hand is known by them. */
export type Left = Pick<BoardOutputs, "statusFieldId" | "fieldIds" | "optionIds">;

/**
 * Compares a board with what is wanted of it.
 *
 * @param adopted - people made the board: its title, texts and visibility stay theirs
 * @param server - undefined for a board that was made a moment ago, on which nobody can have put a card
 * @throws Error when a field of that name has another type, which no change can mend without losing values
 */
export function planBoard(
  inputs: BoardInputs,
  board: Board,
  adopted: boolean,
  server: Server | undefined,
  left?: Left,
): BoardPlan {
  const mutations: Mutation[] = [];
  const careful: BoardPlan["careful"][number][] = [];
  for (const spec of fieldSpecs(inputs)) {
    const field = fieldOf(board, spec.name) ?? inOtherCase(board, spec);
    if (field && field.dataType !== spec.type) {
      throw new Error(
        `board ${board.url}, field "${field.name}": expected type ${spec.type}, got ${field.dataType}; rename that field on the board, or name another in the settings`,
      );
    }
    if (field?.name !== spec.name) {
      const renamed = field ?? renamedByHand(inputs, board, spec, left);
      if (!renamed) refuseHiddenField(board, spec);
      // Its options come when it has its name again: cards are asked for by that.
      if (renamed) mutations.push(newName(renamed, spec.name));
      else mutations.push(newField(board.id, spec));
      continue;
    }
    if (!spec.options) continue;
    const status = spec.name === "Status";
    const wish = {
      wanted: spec.options,
      renames: status ? inputs.statusRenames : {},
      moves: status ? inputs.statusMoves : {},
      ids: left?.optionIds[spec.name] ?? {},
    };
    const { list } = planOptions(field.options ?? [], wish);
    if (!list) continue;
    if (server) careful.push({ field, wish });
    else {
      mutations.push({
        name: "updateProjectV2Field",
        input: { fieldId: field.id, singleSelectOptions: forServer(list, false) },
      });
    }
  }
  if (!adopted && !inputs.keepWorkflows) {
    mutations.push(
      ...meddling(board).map(({ id }): Mutation => ({
        name: "deleteProjectV2Workflow",
        input: { workflowId: id },
      })),
    );
  }
  if (!isLinked(board, inputs)) {
    mutations.push({
      name: "linkProjectV2ToRepository",
      input: { projectId: board.id, repositoryId: inputs.repositoryId },
    });
  }
  const about = aboutChanges(inputs, board, adopted);
  if (Object.keys(about).length > 0) {
    mutations.push({ name: "updateProjectV2", input: { projectId: board.id, ...about } });
  }
  const names = new Set(board.views.nodes.map(({ name }) => name));
  // A view that is hidden from the token can be the one that is wanted.
  const views = board.views.hidden > 0 ? [] : inputs.views.filter(({ name }) => !names.has(name));
  return { mutations, careful, views };
}

/** A field that the token does not see may be the one that is wanted: a second one would be made beside it. */
function refuseHiddenField({ url, fields }: Board, { name }: FieldSpec): void {
  if (fields.hidden === 0) return;
  throw new Error(
    `board ${url}: expected the field "${name}", got ${fields.nodes.length} other fields and ${fields.hidden} that GitHub hides from the token; give the token's user access to the board, and run the same command again`,
  );
}

/** Whether the board is linked to the repository: by its id, which a rename keeps, or by its name. */
export function isLinked(board: Board, { repository, repositoryId }: RepositoryKey): boolean {
  return board.repositories.nodes.some(
    ({ id, nameWithOwner }) => id === repositoryId || sameName(nameWithOwner, repository),
  );
}

function aboutChanges(inputs: BoardInputs, board: Board, adopted: boolean): Record<string, unknown> {
  const text = adopted ? unmarkedReadme(board.readme) : inputs.readme;
  const origin = adopted ? "taken over" : "made by it";
  const about: Record<string, unknown> = {};
  if (unmarkedReadme(board.readme) !== text || !isMarked(board.readme, inputs, origin)) {
    about["readme"] = markedReadme(text, inputs, origin);
  }
  if (adopted) return about;
  if (board.title !== inputs.title) about["title"] = inputs.title;
  if ((board.shortDescription ?? "") !== inputs.shortDescription) {
    about["shortDescription"] = inputs.shortDescription;
  }
  if (board.public !== inputs.public) about["public"] = inputs.public;
  if (board.closed) about["closed"] = false;
  return about;
}

/** The field that a specification's was when the board was left, under a name that nothing else wants. */
function renamedByHand(
  inputs: BoardInputs,
  board: Board,
  { name, type }: FieldSpec,
  left: Left | undefined,
): Field | undefined {
  const id = name === "Status" ? left?.statusFieldId : left?.fieldIds[name];
  const names = new Set(fieldSpecs(inputs).map((spec) => spec.name));
  return board.fields.nodes.find(
    (field) => field.id === id && field.dataType === type && !names.has(field.name),
  );
}

function newName({ id }: Field, name: string): Mutation {
  return { name: "updateProjectV2Field", input: { fieldId: id, name } };
}

function newField(projectId: string, spec: FieldSpec): Mutation {
  const options = spec.options ? { singleSelectOptions: spec.options } : {};
  return {
    name: "createProjectV2Field",
    input: { projectId, name: spec.name, dataType: spec.type, ...options },
  };
}
