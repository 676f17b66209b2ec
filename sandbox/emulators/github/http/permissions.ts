/**
 * The permission that a REST request needs (docs.github.com, "Permissions required for fine-grained personal access
 * tokens").
 */
import { failure, notFound, type Incoming, type Reply } from "./http.ts";
import { hasPermission, hasScope, type Level } from "./tokens.ts";

interface Rule {
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly permission: string;
  readonly level: Level;
  /** Classic scopes of which one is enough. */
  readonly scopes: readonly string[];
  /** GitHub hides organization hooks (404) from a classic token, and refuses (403) elsewhere. @default 403 */
  readonly hidden?: boolean;
}

const reading = ["GET", "HEAD"];
const writing = ["POST", "PUT", "PATCH", "DELETE"];
const repository = "^/repos/[^/]+/[^/]+";

function pair(path: string, permission: string, scopes: readonly string[], hidden = false): Rule[] {
  const rule = { path: new RegExp(path), permission, scopes, hidden };
  return [
    { ...rule, methods: reading, level: "read" },
    { ...rule, methods: writing, level: "write" },
  ];
}

const repositoryScopes = ["repo", "public_repo"];

/** The first that matches counts. */
const rules: readonly Rule[] = [
  ...pair("^/orgs/[^/]+/hooks", "organization_hooks", ["admin:org_hook"], true),
  ...pair("^/orgs/[^/]+/projectsV2", "organization_projects", ["project"]),
  {
    methods: ["POST"],
    path: /^\/(orgs\/[^/]+|user)\/repos$/,
    permission: "administration",
    level: "write",
    scopes: repositoryScopes,
  },
  ...pair("^/orgs/[^/]+/(members|memberships|teams)", "members", ["read:org", "repo"]),
  {
    methods: ["PATCH"],
    path: /^\/orgs\/[^/]+$/,
    permission: "organization_administration",
    level: "write",
    scopes: ["admin:org"],
  },
  ...pair(`${repository}/hooks`, "repository_hooks", ["repo", "admin:repo_hook", "read:repo_hook"], true),
  ...pair(
    `${repository}/(contents|git|commits|branches|readme|releases|tags|compare)`,
    "contents",
    repositoryScopes,
  ),
  ...pair(`${repository}/pulls`, "pull_requests", repositoryScopes),
  ...pair(`${repository}/(issues|labels|milestones)`, "issues", repositoryScopes),
  {
    methods: ["DELETE"],
    path: new RegExp(`${repository}$`),
    permission: "administration",
    level: "write",
    scopes: ["delete_repo"],
  },
  {
    methods: writing,
    path: new RegExp(repository),
    permission: "administration",
    level: "write",
    scopes: repositoryScopes,
  },
  { methods: reading, path: new RegExp(repository), permission: "metadata", level: "read", scopes: [] },
];

/** Headers that tell what a token has and what the request accepts. */
export function permissionHeaders(request: Incoming): Record<string, string> {
  const rule = ruleOf(request);
  if (request.actor?.permissions) {
    return { "x-accepted-github-permissions": rule ? `${rule.permission}=${rule.level}` : "metadata=read" };
  }
  return request.actor?.scopes
    ? {
        "x-oauth-scopes": request.actor.scopes.join(", "),
        "x-accepted-oauth-scopes": rule?.scopes.join(", ") ?? "",
      }
    : {};
}

/** The refusal GitHub would answer with; undefined if the request may go on. Without a token the routes decide. */
export function refusal(request: Incoming): Reply | undefined {
  const { actor } = request;
  const rule = ruleOf(request);
  if (!actor || !rule) return undefined;
  if (actor.permissions) {
    return hasPermission(actor, rule.permission, rule.level)
      ? undefined
      : failure(403, "Resource not accessible by personal access token");
  }
  if (
    reading.includes(request.method) &&
    rule.permission !== "organization_hooks" &&
    rule.permission !== "repository_hooks"
  ) {
    return undefined; // a classic token reads what is public without any scope
  }
  if (hasScope(actor, rule.scopes)) return undefined;
  return rule.hidden ? notFound() : failure(403, "Must have admin rights to Repository.");
}

function ruleOf(request: Incoming): Rule | undefined {
  return rules.find((rule) => rule.methods.includes(request.method) && rule.path.test(request.path));
}
