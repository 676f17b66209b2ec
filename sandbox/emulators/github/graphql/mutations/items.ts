/** Mutations of cards and their values. */
import { nodeId } from "../../store/boards.ts";
import type { Field, Item, Project } from "../../store/boardRows.ts";
import { announceItem, setValue } from "../../store/events.ts";
import { item as shown } from "../resolvers/items.ts";
import { problem, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { fieldIn, itemIn, projectFor } from "./lookup.ts";

interface Value {
  readonly text?: string | null;
  readonly number?: number | null;
  readonly date?: string | null;
  readonly singleSelectOptionId?: string | null;
  readonly iterationId?: string | null;
}

interface ItemInput {
  readonly projectId: string;
  readonly itemId: string;
}

export const itemMutations = {
  addProjectV2ItemById: (input: { projectId: string; contentId: string }, scope: Scope): Resolved => {
    const project = projectFor(scope, input.projectId, "addProjectV2ItemById");
    const { issues, pulls, items } = scope.world.rows;
    const issue = issues.all().find((row) => row.node_id === input.contentId);
    const pull = pulls.all().find((row) => row.node_id === input.contentId);
    const row = issue ?? pull;
    if (!row) throw unresolved(input.contentId);
    const content = { type: issue ? "Issue" : "PullRequest", id: row.id } as const;
    const there = items
      .findBy("project_id", project.id)
      .find((i) => i.content.type === content.type && i.content.id === content.id);
    return { item: shown(scope, there ?? add(scope, project.id, content)) };
  },

  addProjectV2DraftIssue: (
    input: { projectId: string; title: string; body?: string | null },
    scope: Scope,
  ): Resolved => {
    const project = projectFor(scope, input.projectId, "addProjectV2DraftIssue");
    const draft = {
      type: "DraftIssue",
      node_id: nodeId("DI"),
      title: input.title,
      body: input.body ?? "",
    } as const;
    return { projectItem: shown(scope, add(scope, project.id, draft)) };
  },

  updateProjectV2ItemFieldValue: (
    input: ItemInput & { fieldId: string; value: Value },
    scope: Scope,
  ): Resolved => {
    const project = projectFor(scope, input.projectId, "updateProjectV2ItemFieldValue");
    const item = openItemIn(scope, project, input.itemId);
    const field = fieldIn(scope, project, input.fieldId);
    const updated = setValue(scope.world, project, item, field, valueFor(field, input.value), scope.user);
    return { projectV2Item: shown(scope, updated) };
  },

  clearProjectV2ItemFieldValue: (input: ItemInput & { fieldId: string }, scope: Scope): Resolved => {
    const project = projectFor(scope, input.projectId, "clearProjectV2ItemFieldValue");
    const item = openItemIn(scope, project, input.itemId);
    const field = fieldIn(scope, project, input.fieldId);
    return { projectV2Item: shown(scope, setValue(scope.world, project, item, field, null, scope.user)) };
  },

  updateProjectV2ItemPosition: (input: ItemInput & { afterId?: string | null }, scope: Scope): Resolved => {
    const project = projectFor(scope, input.projectId, "updateProjectV2ItemPosition");
    const item = openItemIn(scope, project, input.itemId);
    const { items } = scope.world.rows;
    const others = items
      .findBy("project_id", project.id)
      .filter((row) => row.id !== item.id)
      .sort((a, b) => a.position - b.position);
    const at = input.afterId == null ? 0 : others.indexOf(itemIn(scope, project, input.afterId)) + 1;
    others.splice(at, 0, item);
    others.forEach((row, position) => items.update(row.id, { position }));
    announceItem(scope.world, project, items.get(item.id) ?? item, "reordered", scope.user);
    return {};
  },

  archiveProjectV2Item: (input: ItemInput, scope: Scope): Resolved => archive(scope, input, true),
  unarchiveProjectV2Item: (input: ItemInput, scope: Scope): Resolved => archive(scope, input, false),

  deleteProjectV2Item: (input: ItemInput, scope: Scope): Resolved => {
    const project = projectFor(scope, input.projectId, "deleteProjectV2Item");
    const item = itemIn(scope, project, input.itemId);
    announceItem(scope.world, project, item, "deleted", scope.user);
    scope.world.rows.items.delete(item.id);
    return { deletedItemId: item.node_id };
  },
};

/** GitHub changes nothing on a card while it is archived. */
function openItemIn(scope: Scope, project: Project, id: string): Item {
  const item = itemIn(scope, project, id);
  if (item.archived) throw problem("VALIDATION", "The item is archived and cannot be updated");
  return item;
}

function add(scope: Scope, projectId: number, content: Item["content"]): Item {
  const { items, projects } = scope.world.rows;
  const last = Math.max(-1, ...items.findBy("project_id", projectId).map(({ position }) => position));
  const row = items.insert({
    node_id: nodeId("PVTI"),
    project_id: projectId,
    creator_id: scope.user.id,
    content,
    position: last + 1,
    archived: false,
    values: {},
  });
  const project = projects.get(projectId);
  if (project) announceItem(scope.world, project, row, "created", scope.user);
  return row;
}

function archive(scope: Scope, input: ItemInput, archived: boolean): Resolved {
  const project = projectFor(
    scope,
    input.projectId,
    archived ? "archiveProjectV2Item" : "unarchiveProjectV2Item",
  );
  const item = itemIn(scope, project, input.itemId);
  const updated = scope.world.rows.items.update(item.id, { archived }) ?? item;
  announceItem(scope.world, project, updated, archived ? "archived" : "restored", scope.user);
  return { item: shown(scope, updated) };
}

/** The one value a field of this type takes; GitHub refuses any other. */
function valueFor(field: Field, value: Value): string | number {
  const given = Object.entries(value).filter(([, v]) => v != null);
  if (given.length !== 1) throw unprocessable("Exactly one value must be given");
  switch (field.data_type) {
    case "TEXT":
      if (value.text != null) return value.text;
      break;
    case "NUMBER":
      if (value.number != null) return value.number;
      break;
    case "DATE":
      if (value.date != null) return value.date;
      break;
    case "SINGLE_SELECT":
      if (value.singleSelectOptionId == null) break;
      if (!field.options.some(({ id }) => id === value.singleSelectOptionId)) {
        throw unprocessable("The single select option Id does not belong to the field");
      }
      return value.singleSelectOptionId;
    default:
      throw unprocessable(`The field of type ${field.data_type.toLowerCase()} is currently not supported.`);
  }
  throw unprocessable(
    `Did not receive a ${field.data_type.toLowerCase()} value to update a field of type ${field.data_type.toLowerCase()}`,
  );
}
