/** Mutations of whole projects, their links and workflows. */
import { addField, createProject, deleteProject, nodeId } from "../../store/boards.ts";
import type { Project } from "../../store/boardRows.ts";
import { project as shown } from "../resolvers/projects.ts";
import { repository } from "../resolvers/repositories.ts";
import { demand, needs, unprocessable, unresolved, type Resolved, type Scope } from "../scope.ts";
import { ownerFor, projectFor, repositoryFor } from "./lookup.ts";

interface UpdateInput {
  readonly projectId: string;
  readonly title?: string | null;
  readonly shortDescription?: string | null;
  readonly readme?: string | null;
  readonly public?: boolean | null;
  readonly closed?: boolean | null;
}

interface LinkInput {
  readonly projectId: string;
  readonly repositoryId: string;
}

export const projectMutations = {
  createProjectV2: (
    input: { ownerId: string; title: string; repositoryId?: string | null },
    scope: Scope,
  ): Resolved => {
    demand(scope.actor, needs.writeBoards, "createProjectV2");
    const owner = ownerFor(scope, input.ownerId);
    checkTitle(input.title);
    const repo = input.repositoryId == null ? undefined : repositoryFor(scope, input.repositoryId);
    const row = createProject(scope.world.rows, owner, scope.user, input.title);
    if (repo) link(scope, row, repo.id);
    return { projectV2: shown(scope, row) };
  },

  updateProjectV2: (input: UpdateInput, scope: Scope): Resolved => {
    const row = projectFor(scope, input.projectId, "updateProjectV2");
    if (input.title != null) checkTitle(input.title);
    if (input.shortDescription != null && input.shortDescription.length > 300) {
      throw unprocessable("Short description is too long (maximum is 300 characters)");
    }
    const updated = scope.world.rows.projects.update(row.id, {
      title: input.title ?? row.title,
      short_description:
        input.shortDescription === undefined ? row.short_description : input.shortDescription,
      readme: input.readme === undefined ? row.readme : input.readme,
      public: input.public ?? row.public,
      closed_at: input.closed == null ? row.closed_at : input.closed ? new Date().toISOString() : null,
    });
    return { projectV2: shown(scope, updated ?? row) };
  },

  deleteProjectV2: (input: { projectId: string }, scope: Scope): Resolved => {
    const row = projectFor(scope, input.projectId, "deleteProjectV2");
    const before = shown(scope, row);
    deleteProject(scope.world.rows, row);
    return { projectV2: before };
  },

  copyProjectV2: (input: { projectId: string; ownerId: string; title: string }, scope: Scope): Resolved => {
    const source = projectFor(scope, input.projectId, "copyProjectV2");
    const { rows } = scope.world;
    checkTitle(input.title);
    const copy = createProject(rows, ownerFor(scope, input.ownerId), scope.user, input.title);
    rows.projects.update(copy.id, { short_description: source.short_description, readme: source.readme });
    const copied = new Map<number, number>();
    for (const field of rows.fields.findBy("project_id", source.id)) {
      const there = rows.fields.findBy("project_id", copy.id).find((f) => f.name === field.name);
      if (there) rows.fields.update(there.id, { options: field.options });
      copied.set(field.id, (there ?? addField(rows, copy, field.name, field.data_type, field.options)).id);
    }
    const ids = (list: readonly number[]): number[] => list.flatMap((id) => copied.get(id) ?? []);
    for (const { id } of rows.views.findBy("project_id", copy.id)) rows.views.delete(id);
    for (const { name, number, layout, filter, ...view } of rows.views.findBy("project_id", source.id)) {
      rows.views.insert({
        node_id: nodeId("PVTV"),
        project_id: copy.id,
        number,
        name,
        layout,
        filter,
        visible_fields: ids(view.visible_fields),
        group_by: ids(view.group_by),
        vertical_group_by: ids(view.vertical_group_by),
        sort_by: view.sort_by.map((sort) => ({ ...sort, field: copied.get(sort.field) ?? sort.field })),
      });
    }
    return { projectV2: shown(scope, rows.projects.get(copy.id) ?? copy) };
  },

  linkProjectV2ToRepository: (input: LinkInput, scope: Scope): Resolved => {
    const row = projectFor(scope, input.projectId, "linkProjectV2ToRepository");
    const repo = repositoryFor(scope, input.repositoryId);
    if (repo.owner_id !== row.owner_id || repo.owner_type !== row.owner_type) {
      throw unprocessable("Repository must be owned by the same owner as the project");
    }
    link(scope, row, repo.id);
    return { repository: repository(scope, repo) };
  },

  unlinkProjectV2FromRepository: (input: LinkInput, scope: Scope): Resolved => {
    const row = projectFor(scope, input.projectId, "unlinkProjectV2FromRepository");
    const repo = repositoryFor(scope, input.repositoryId);
    const { links } = scope.world.rows;
    for (const { id, repo_id } of links.findBy("project_id", row.id))
      if (repo_id === repo.id) links.delete(id);
    return { repository: repository(scope, repo) };
  },

  deleteProjectV2Workflow: (input: { workflowId: string }, scope: Scope): Resolved => {
    demand(scope.actor, needs.writeBoards, "deleteProjectV2Workflow");
    const { workflows, projects } = scope.world.rows;
    const row = workflows.findOneBy("node_id", input.workflowId);
    const owner = row && projects.get(row.project_id);
    if (!owner) throw unresolved(input.workflowId);
    workflows.delete(row.id);
    return { deletedWorkflowId: row.node_id, projectV2: shown(scope, owner) };
  },
};

function link(scope: Scope, { id }: Project, repositoryId: number): void {
  const { links } = scope.world.rows;
  if (links.findBy("project_id", id).some((there) => there.repo_id === repositoryId)) return;
  links.insert({ project_id: id, repo_id: repositoryId });
}

function checkTitle(title: string): void {
  if (title.trim() === "") throw unprocessable("Title can't be blank");
  if (title.length > 256) throw unprocessable("Title is too long (maximum is 256 characters)");
}
