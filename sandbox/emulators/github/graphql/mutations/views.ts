/** Mutations of views: name, layout, filter and visible fields; grouping and sorting have no input. */
import { addView } from "../../store/boards.ts";
import type { View } from "../../store/boardRows.ts";
import { demand, needs, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { view as shown } from "../resolvers/views.ts";
import { fieldIn, projectFor } from "./lookup.ts";

interface Configured {
  readonly name?: string | null;
  readonly layout?: View["layout"] | null;
  readonly filter?: string | null;
  readonly configuration?: { readonly visibleFieldIds?: readonly string[] | null } | null;
}

export const viewMutations = {
  createProjectV2View: (
    input: Configured & { projectId: string; name: string; layout: View["layout"] },
    scope: Scope,
  ): Resolved => {
    const project = projectFor(scope, input.projectId, "createProjectV2View");
    if (input.name.trim() === "") throw unprocessable("Name can't be blank");
    checkVisible(input, input.layout);
    const fields = visible(scope, project.id, input);
    const row = addView(scope.world.rows, project, input.name, input.layout);
    return { projectV2View: shown(scope, change(scope, row, fields ? { visible_fields: fields } : {})) };
  },

  updateProjectV2View: (input: Configured & { viewId: string }, scope: Scope): Resolved => {
    const row = viewFor(scope, input.viewId, "updateProjectV2View");
    const layout = input.layout ?? row.layout;
    checkVisible(input, layout);
    const fields = visible(scope, row.project_id, input);
    const status = scope.world.rows.fields
      .findBy("project_id", row.project_id)
      .find((f) => f.name === "Status");
    const columns =
      layout === "BOARD_LAYOUT" && row.vertical_group_by.length === 0 && status
        ? [status.id]
        : row.vertical_group_by;
    const updated = change(scope, row, {
      name: input.name ?? row.name,
      layout,
      filter: input.filter === undefined ? row.filter : input.filter,
      vertical_group_by: layout === "BOARD_LAYOUT" ? columns : [],
      ...(fields ? { visible_fields: fields } : {}),
    });
    return { projectV2View: shown(scope, updated) };
  },

  deleteProjectV2View: (input: { viewId: string }, scope: Scope): Resolved => {
    const row = viewFor(scope, input.viewId, "deleteProjectV2View");
    if (scope.world.rows.views.findBy("project_id", row.project_id).length === 1) {
      throw unprocessable("The last view of a project cannot be deleted");
    }
    const before = shown(scope, row);
    scope.world.rows.views.delete(row.id);
    return { projectV2View: before };
  },
};

function viewFor(scope: Scope, id: string, mutation: string): View {
  demand(scope.actor, needs.writeBoards, mutation);
  const row = scope.world.rows.views.findOneBy("node_id", id);
  if (!row) throw unresolved(id);
  return row;
}

function change(scope: Scope, row: View, changes: Partial<View>): View {
  return scope.world.rows.views.update(row.id, changes) ?? row;
}

function checkVisible(input: Configured, layout: View["layout"]): void {
  if (layout === "ROADMAP_LAYOUT" && input.configuration?.visibleFieldIds != null) {
    throw unprocessable("Roadmap views do not support visible fields");
  }
}

function visible(scope: Scope, projectId: number, input: Configured): number[] | undefined {
  const project = scope.world.rows.projects.get(projectId);
  return project && input.configuration?.visibleFieldIds?.map((id) => fieldIn(scope, project, id).id);
}
