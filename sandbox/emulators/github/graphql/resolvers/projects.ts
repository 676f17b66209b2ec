/** Projects v2 as GraphQL shows them. */
import type { Project, Workflow } from "../../store/boardRows.ts";
import { organization, user } from "./accounts.ts";
import { connection } from "../connections.ts";
import { field } from "../fields.ts";
import { item } from "./items.ts";
import { repository } from "./repositories.ts";
import { demand, may, needs, problem, type Arguments, type Resolved, type Scope } from "../scope.ts";
import { view } from "./views.ts";

/** The members by which an owner or a repository shows its projects. */
export function projectsOf(scope: Scope, list: () => readonly Project[]): Resolved {
  const visible = (fieldName: string): readonly Project[] => {
    demand(scope.actor, needs.readBoards, fieldName);
    return list();
  };
  return {
    projectV2: ({ number }: { number: number }) => {
      const found = visible("projectV2").find((p) => p.number === number);
      if (!found) throw problem("NOT_FOUND", `Could not resolve to a ProjectV2 with the number ${number}.`);
      return project(scope, found);
    },
    projectsV2: (args: Arguments & { query?: string | null }) =>
      connection(
        "projectsV2",
        args,
        searched(visible("projectsV2"), args.query ?? ""),
        (p) => p.id,
        (p) => project(scope, p),
        {
          NUMBER: (p) => p.number,
          TITLE: (p) => p.title.toLowerCase(),
          CREATED_AT: (p) => p.id,
          UPDATED_AT: (p) => p.updated_at,
        },
      ),
  };
}

/** GitHub's search looks at titles, every word of it, and knows is:open and is:closed. */
function searched(list: readonly Project[], query: string): readonly Project[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return list.filter((p) =>
    words.every((word) => {
      if (word === "is:open") return p.closed_at === null;
      if (word === "is:closed") return p.closed_at !== null;
      return p.title.toLowerCase().includes(word.replaceAll('"', ""));
    }),
  );
}

export function project(scope: Scope, row: Project): Resolved {
  const { rows, origin } = scope.world;
  const owner = (row.owner_type === "Organization" ? rows.orgs : rows.users).get(row.owner_id);
  const path = `/${row.owner_type === "Organization" ? "orgs" : "users"}/${owner?.login}/projects/${row.number}`;
  const creator = rows.users.get(row.creator_id);
  const fields = () => rows.fields.findBy("project_id", row.id);
  const linked = () =>
    rows.links.findBy("project_id", row.id).flatMap(({ repo_id }) => rows.repos.get(repo_id) ?? []);
  const canWrite = may(scope.actor, needs.writeBoards);
  return {
    __typename: "ProjectV2",
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    number: row.number,
    title: row.title,
    shortDescription: row.short_description,
    readme: row.readme,
    public: row.public,
    closed: row.closed_at !== null,
    closedAt: row.closed_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    template: false,
    url: `${origin}${path}`,
    resourcePath: path,
    viewerCanUpdate: canWrite,
    viewerCanClose: canWrite,
    viewerCanReopen: canWrite,
    creator: () => (creator ? user(scope, creator) : null),
    owner: () =>
      owner && (row.owner_type === "Organization" ? organization(scope, owner) : user(scope, owner)),
    field: ({ name }: { name: string }) => {
      const found = fields().find((f) => f.name === name);
      return found ? field(scope, found) : null;
    },
    fields: (args: Arguments) =>
      connection(
        "fields",
        args,
        fields(),
        (f) => f.id,
        (f) => field(scope, f),
        {
          NAME: (f) => f.name,
          CREATED_AT: (f) => f.id,
        },
      ),
    // An older server has no say in it: it lists what is not archived.
    items: (args: Arguments & { archivedStates?: readonly string[] }) =>
      connection(
        "items",
        args,
        rows.items
          .findBy("project_id", row.id)
          .filter((i) =>
            (args.archivedStates ?? ["NOT_ARCHIVED"]).includes(i.archived ? "ARCHIVED" : "NOT_ARCHIVED"),
          )
          .sort((a, b) => a.position - b.position),
        (i) => i.id,
        (i) => item(scope, i),
      ),
    views: (args: Arguments) =>
      connection(
        "views",
        args,
        rows.views.findBy("project_id", row.id),
        (v) => v.id,
        (v) => view(scope, v),
        {
          NAME: (v) => v.name,
          CREATED_AT: (v) => v.id,
        },
      ),
    view: ({ number }: { number: number }) => {
      const found = rows.views.findBy("project_id", row.id).find((v) => v.number === number);
      return found ? view(scope, found) : null;
    },
    workflows: (args: Arguments) =>
      connection(
        "workflows",
        args,
        rows.workflows.findBy("project_id", row.id),
        (w) => w.id,
        (w) => workflow(scope, w),
        {
          NAME: (w) => w.name,
          NUMBER: (w) => w.number,
          CREATED_AT: (w) => w.id,
          UPDATED_AT: (w) => w.updated_at,
        },
      ),
    workflow: ({ number }: { number: number }) => {
      const found = rows.workflows.findBy("project_id", row.id).find((w) => w.number === number);
      return found ? workflow(scope, found) : null;
    },
    repositories: (args: Arguments) =>
      connection(
        "repositories",
        args,
        linked(),
        (r) => r.id,
        (r) => repository(scope, r),
        {
          NAME: (r) => r.name,
          CREATED_AT: (r) => r.id,
          UPDATED_AT: (r) => r.updated_at,
        },
      ),
  };
}

export function projectById(scope: Scope, id: number): Resolved | null {
  const row = scope.world.rows.projects.get(id);
  return row ? project(scope, row) : null;
}

export function workflow(scope: Scope, row: Workflow): Resolved {
  return {
    __typename: "ProjectV2Workflow",
    id: row.node_id,
    databaseId: row.id,
    fullDatabaseId: String(row.id),
    number: row.number,
    name: row.name,
    enabled: row.enabled,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    project: () => projectById(scope, row.project_id),
  };
}
