/** Finds what a mutation's ids stand for, or throws as GitHub does. */
import type { Field, Item, Project } from "../../store/boardRows.ts";
import type { Account, Repository } from "../../store/rows.ts";
import { demand, needs, problem, unresolved, type Scope } from "../scope.ts";

export function projectFor(scope: Scope, id: string, mutation: string): Project {
  demand(scope.actor, needs.writeBoards, mutation);
  const found = scope.world.rows.projects.findOneBy("node_id", id);
  if (!found) throw unresolved(id);
  return found;
}

export function fieldIn(scope: Scope, project: Project, id: string): Field {
  const found = scope.world.rows.fields.findOneBy("node_id", id);
  if (!found || found.project_id !== project.id) throw unresolved(id);
  return found;
}

export function itemIn(scope: Scope, project: Project, id: string): Item {
  const found = scope.world.rows.items.findOneBy("node_id", id);
  if (!found || found.project_id !== project.id) throw unresolved(id);
  return found;
}

export function repositoryFor(scope: Scope, id: string): Repository {
  const found = scope.world.rows.repos.all().find((row) => row.node_id === id);
  if (!found) throw unresolved(id);
  return found;
}

/** A repository that is to be written to. */
export function writableFor(scope: Scope, id: string): Repository {
  return writable(repositoryFor(scope, id));
}

export function writable(repository: Repository): Repository {
  if (repository.archived) throw problem("FORBIDDEN", "Repository was archived so is read-only.");
  return repository;
}

export function ownerFor(scope: Scope, id: string): { row: Account; type: "User" | "Organization" } {
  const { orgs, users } = scope.world.rows;
  const organization = orgs.all().find((row) => row.node_id === id);
  if (organization) return { row: organization, type: "Organization" };
  const user = users.all().find((row) => row.node_id === id);
  if (!user) throw unresolved(id);
  return { row: user, type: "User" };
}
