/** The fields of Query. */
import { findMoved, findOrganization, findRepository } from "../../store/rows.ts";
import { organization, user } from "./accounts.ts";
import { findNode } from "./nodes.ts";
import { repository } from "./repositories.ts";
import { problem, unresolved, type Resolved, type Scope } from "../scope.ts";

export const queries: Resolved = {
  viewer: (_: unknown, scope: Scope) => user(scope, scope.user),
  organization: ({ login }: { login: string }, scope: Scope) => {
    const row = findOrganization(scope.world.rows, login);
    if (!row)
      throw problem("NOT_FOUND", `Could not resolve to an Organization with the login of '${login}'.`);
    return organization(scope, row);
  },
  user: ({ login }: { login: string }, scope: Scope) => {
    const row = scope.world.rows.users.findOneBy("login", login);
    if (!row) throw problem("NOT_FOUND", `Could not resolve to a User with the login of '${login}'.`);
    return user(scope, row);
  },
  repositoryOwner: ({ login }: { login: string }, scope: Scope) => {
    const found = findOrganization(scope.world.rows, login);
    const person = scope.world.rows.users.findOneBy("login", login);
    return found ? organization(scope, found) : person ? user(scope, person) : null;
  },
  repository: (
    { owner, name, followRenames }: { owner: string; name: string; followRenames?: boolean | null },
    scope: Scope,
  ) => {
    const { rows } = scope.world;
    const moved = followRenames === false ? undefined : findMoved(rows, owner, name);
    const row = findRepository(rows, owner, name) ?? moved;
    if (!row)
      throw problem("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    return repository(scope, row);
  },
  node: ({ id }: { id: string }, scope: Scope) => {
    const found = findNode(scope, id);
    if (!found) throw unresolved(id);
    return found;
  },
  nodes: ({ ids }: { ids: readonly string[] }, scope: Scope) =>
    ids.map((id) => findNode(scope, id) ?? unresolved(id)),
  rateLimit: (_: unknown, scope: Scope) => {
    const state = scope.limits.state(scope.actor.login, "graphql");
    return {
      limit: state.limit,
      used: state.used,
      remaining: state.remaining,
      resetAt: new Date(state.reset * 1000).toISOString(),
      cost: 1,
      nodeCount: 0,
    };
  },
};
