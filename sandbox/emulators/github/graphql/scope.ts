/** The surroundings of a GraphQL request, and GitHub's errors. */
import { GraphQLError } from "graphql";
import type { FaultAction } from "../http/faults.ts";
import type { Limits } from "../http/limits.ts";
import type { Account } from "../store/rows.ts";
import { hasPermission, hasScope, type Actor, type Level } from "../http/tokens.ts";
import type { World } from "../store/world.ts";

export interface Scope {
  readonly world: World;
  readonly actor: Actor;
  readonly user: Account;
  readonly limits: Limits;
  readonly fault: FaultAction | undefined;
}

/** An object of the schema: its members by name, those with arguments as functions. */
export type Resolved = Record<string, unknown>;

/** The arguments of a resolver: closures reach the object's own members, so there are only arguments. */
export type Arguments = Readonly<Record<string, unknown>>;

/** An error as GitHub types them: NOT_FOUND, UNPROCESSABLE, FORBIDDEN, STALE_DATA… */
export function problem(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

export const unprocessable = (message: string): GraphQLError => problem("UNPROCESSABLE", message);

export function unresolved(id: string): GraphQLError {
  return problem("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

interface Need {
  /** A fine-grained token's permission. */
  readonly permission: string;
  readonly level: Level;
  /** Classic scopes of which one is enough. */
  readonly scopes: readonly string[];
}

export const needs = {
  readBoards: { permission: "organization_projects", level: "read", scopes: ["read:project"] },
  writeBoards: { permission: "organization_projects", level: "write", scopes: ["project"] },
  createRepositories: { permission: "administration", level: "write", scopes: ["public_repo"] },
  writeContents: { permission: "contents", level: "write", scopes: ["public_repo"] },
  writeIssues: { permission: "issues", level: "write", scopes: ["public_repo"] },
} as const satisfies Record<string, Need>;

export function may(actor: Actor, need: Need): boolean {
  return actor.permissions ? hasPermission(actor, need.permission, need.level) : hasScope(actor, need.scopes);
}

/** Throws what GitHub answers when the token lacks it. @param field the field of the document that needs it */
export function demand(actor: Actor, need: Need, field: string): void {
  if (may(actor, need)) return;
  if (actor.permissions) throw problem("FORBIDDEN", "Resource not accessible by personal access token");
  throw problem(
    "INSUFFICIENT_SCOPES",
    `Your token has not been granted the required scopes to execute this query. The '${field}' field requires one of ` +
      `the following scopes: ['${need.scopes.join("', '")}'], but your token has only been granted the: ` +
      `['${actor.scopes?.join("', '")}'] scopes. Please modify your token's scopes at: https://github.com/settings/tokens.`,
  );
}
