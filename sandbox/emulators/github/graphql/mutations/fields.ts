/** Mutations of fields and their options. */
import { addField, newOptions, replaceOptions, withoutValue, type WantedOption } from "../../store/boards.ts";
import type { Field } from "../../store/boardRows.ts";
import { field as shown } from "../fields.ts";
import { demand, needs, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { projectFor } from "./lookup.ts";

const mostOptions = 50;
/** Names GitHub keeps for fields of its own. */
const reserved = [
  "title",
  "assignees",
  "labels",
  "milestone",
  "repository",
  "reviewers",
  "linked pull requests",
  "type",
  "parent issue",
  "sub-issues progress",
];

interface CreateInput {
  readonly projectId: string;
  readonly dataType: string;
  readonly name: string;
  readonly singleSelectOptions?: readonly WantedOption[] | null;
}

interface UpdateInput {
  readonly fieldId: string;
  readonly name?: string | null;
  readonly singleSelectOptions?: readonly WantedOption[] | null;
}

export const fieldMutations = {
  createProjectV2Field: (input: CreateInput, scope: Scope): Resolved => {
    const project = projectFor(scope, input.projectId, "createProjectV2Field");
    checkName(scope, project.id, input.name);
    if (input.dataType === "ITERATION")
      throw unprocessable("The GitHub emulator does not emulate iteration fields.");
    const options = input.singleSelectOptions ?? [];
    if (input.dataType !== "SINGLE_SELECT" && options.length > 0) {
      throw unprocessable("Options can only be provided for single select fields");
    }
    if (input.dataType === "SINGLE_SELECT" && options.length === 0) {
      throw unprocessable("At least one option is required for single select fields");
    }
    if (options.some(({ id }) => id != null)) throw unprocessable("A new field's options cannot have ids");
    checkOptions(options);
    const row = addField(scope.world.rows, project, input.name, input.dataType, newOptions(options));
    return { projectV2Field: shown(scope, row) };
  },

  updateProjectV2Field: (input: UpdateInput, scope: Scope): Resolved => {
    let row = fieldFor(scope, input.fieldId, "updateProjectV2Field");
    const { rows } = scope.world;
    if (input.name != null && input.name !== row.name) {
      checkName(scope, row.project_id, input.name, row.id);
      row = rows.fields.update(row.id, { name: input.name }) ?? row;
    }
    const options = input.singleSelectOptions ?? [];
    // GitHub takes an empty list for no change.
    if (options.length > 0) {
      if (row.data_type !== "SINGLE_SELECT")
        throw unprocessable("Options can only be provided for single select fields");
      const known = new Set(row.options.map(({ id }) => id));
      const foreign = options.find(({ id }) => id != null && !known.has(id));
      if (foreign) throw unprocessable(`The option id '${foreign.id}' does not belong to the field`);
      checkOptions(options);
      row = replaceOptions(rows, row, newOptions(options));
    }
    return { projectV2Field: shown(scope, row) };
  },

  deleteProjectV2Field: (input: { fieldId: string }, scope: Scope): Resolved => {
    const row = fieldFor(scope, input.fieldId, "deleteProjectV2Field");
    const custom =
      ["TEXT", "NUMBER", "DATE", "SINGLE_SELECT"].includes(row.data_type) && row.name !== "Status";
    if (!custom) throw unprocessable("Only custom fields can be deleted.");
    const before = shown(scope, row);
    const { fields, items } = scope.world.rows;
    for (const item of items.findBy("project_id", row.project_id)) {
      if (!(row.id in item.values)) continue;
      items.update(item.id, { values: withoutValue(item, row) });
    }
    fields.delete(row.id);
    return { projectV2Field: before };
  },
};

function fieldFor(scope: Scope, id: string, mutation: string): Field {
  demand(scope.actor, needs.writeBoards, mutation);
  const row = scope.world.rows.fields.findOneBy("node_id", id);
  if (!row) throw unresolved(id);
  return row;
}

function checkName(scope: Scope, projectId: number, name: string, own?: number): void {
  if (name.trim() === "") throw unprocessable("Name can't be blank");
  if (reserved.includes(name.toLowerCase())) throw unprocessable("Name cannot have a reserved value");
  const taken = scope.world.rows.fields
    .findBy("project_id", projectId)
    .some((f) => f.id !== own && f.name.toLowerCase() === name.toLowerCase());
  if (taken) throw unprocessable("Name has already been taken");
}

function checkOptions(options: readonly WantedOption[]): void {
  if (options.length > mostOptions) {
    throw unprocessable(`Single select options is too long (maximum is ${mostOptions})`);
  }
  const names = options.map(({ name }) => name.toLowerCase());
  if (names.some((name) => name.trim() === "")) throw unprocessable("Option name can't be blank");
  if (new Set(names).size < names.length) throw unprocessable("Option names must be unique");
}
