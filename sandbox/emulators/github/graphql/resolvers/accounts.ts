/** Organizations and users as GraphQL shows them. */
import { findRepository, type Account } from "../../store/rows.ts";
import { connection } from "../connections.ts";
import { seesLess } from "../hidden.ts";
import { projectsOf } from "./projects.ts";
import { repository } from "./repositories.ts";
import { may, needs, type Resolved, type Scope } from "../scope.ts";

export function organization(scope: Scope, row: Account): Resolved {
  return {
    ...account(scope, row, "Organization"),
    description: null,
    // Somebody from whom boards are hidden is no owner.
    viewerCanAdminister: !seesLess(scope),
    viewerIsAMember: true,
    viewerCanCreateProjects: may(scope.actor, needs.writeBoards),
    viewerCanCreateRepositories: may(scope.actor, needs.createRepositories),
  };
}

export function user(scope: Scope, row: Account): Resolved {
  return {
    ...account(scope, row, "User"),
    isViewer: row.id === scope.user.id,
    bio: null,
    viewerCanCreateProjects: row.id === scope.user.id && may(scope.actor, needs.writeBoards),
    organization: ({ login }: { login: string }) => {
      const found = scope.world.rows.orgs.findOneBy("login", login);
      return found ? organization(scope, found) : null;
    },
    organizations: (args: Resolved) =>
      connection(
        "organizations",
        args,
        scope.world.rows.orgs.all(),
        (o) => o.id,
        (o) => organization(scope, o),
      ),
  };
}

function account(scope: Scope, row: Account, type: "Organization" | "User"): Resolved {
  const { rows, origin } = scope.world;
  const owned = rows.repos.findBy("owner_id", row.id).filter((r) => r.owner_type === type);
  return {
    __typename: type,
    id: row.node_id,
    databaseId: row.id,
    login: row.login,
    name: row.name,
    email: row.email ?? "",
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    url: `${origin}/${row.login}`,
    resourcePath: `/${row.login}`,
    avatarUrl: `${origin}/avatars/${row.login}`,
    ...projectsOf(scope, () =>
      rows.projects.findBy("owner_id", row.id).filter((project) => project.owner_type === type),
    ),
    repository: ({ name }: { name: string }) => {
      const found = findRepository(rows, row.login, name);
      return found ? repository(scope, found) : null;
    },
    repositories: (args: Resolved) =>
      connection(
        "repositories",
        args,
        owned,
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
