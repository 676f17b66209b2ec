import { existsSync } from "node:fs";
import { join } from "node:path";
import { GitHub, type GitHubAccess, GitHubError } from "../lib/github/client.ts";
import { statusOf } from "../lib/github/errors.ts";
import { projectFolder } from "../lib/process/projectFolder.ts";
import { lineOf, type Problem } from "../lib/text/problem.ts";

/** The program's changes on GitHub, and the token it uses. */
export interface GitHubUse extends Pick<GitHubAccess, "baseUrl" | "token"> {
  readonly organization: string;
  readonly repositories: readonly {
    readonly name: string;
    readonly public: boolean;
    /** Folder below `templates/`; empty for none. */
    readonly template: string;
  }[];
  /** Whether the organization's webhook is declared. */
  readonly webhook: boolean;
}

/** One thing the token must be allowed to do. */
export interface Permission {
  readonly use:
    "repositories" | "repositories' contents" | "boards" | "workflow files" | "the organization's webhook";
  /** The right that the token lacks, as in `scope project`; undefined when it has it, or when nobody can tell. */
  readonly lacking: string | undefined;
  /** By what it was seen; of what cannot be seen by reading, why. */
  readonly seen: string;
  /** GitHub tells this permission to nobody before it is used. */
  readonly unknown?: boolean;
}

/** GitHub's answers about the token and the owner of the boards. */
export interface TokenFindings {
  /** A classic token names its scopes; a fine-grained one and an App's do not. */
  readonly kind: "classic" | "fine-grained";
  /** `Organization` or `User`. */
  readonly owner: string;
  readonly permissions: readonly Permission[];
}

/** A client that gives up soon: a look before the first write must not wait for minutes. */
export function hastyGitHub({ baseUrl, token }: GitHubUse): GitHub {
  return new GitHub({ baseUrl, token, backoffSeconds: 0.2, patienceSeconds: 5 });
}

/** The remedy for everything a token lacks. */
export const tokenRemedy =
  "give the token that permission, or set another one: pulumi config set --secret mesh-six:githubToken";

/**
 * Reads what the token may do. A classic token costs one request, since every answer names its scopes; of a
 * fine-grained one each permission is tried by a request that only reads.
 *
 * @throws GitHubError when GitHub does not answer, or does not know token or owner
 */
export async function lookAtToken(github: GitHub, use: GitHubUse): Promise<TokenFindings> {
  const { data, headers } = await owner(github, use.organization);
  const scopes = headers["x-oauth-scopes"];
  if (typeof scopes === "string") {
    const held = scopes.split(",").map((scope) => scope.trim());
    return { kind: "classic", owner: data.type, permissions: ofScopes(held, use) };
  }
  // A person's account has nothing to read: boards cannot be there.
  const permissions = data.type === "Organization" ? await byReading(github, use) : [];
  return { kind: "fine-grained", owner: data.type, permissions };
}

async function owner(github: GitHub, username: string) {
  try {
    return await github.answer<{ readonly type: string }>("GET /users/{username}", { username });
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new GitHubError(
      {
        said: `mesh-six:githubOrganization: expected an organization that the token sees, got none named ${username}`,
        remedy: "pulumi config set mesh-six:githubOrganization NAME",
      },
      { cause: (error as GitHubError).cause },
    );
  }
}

/** One line for each thing that would be refused later. */
export function tokenProblems({ owner, permissions }: TokenFindings, use: GitHubUse): string[] {
  if (owner !== "Organization") return [lineOf(ownerProblem(owner, use))];
  return permissions.flatMap(({ use: purpose, lacking }) =>
    lacking === undefined
      ? []
      : [
          `mesh-six:githubToken: expected a token with ${lacking} for ${purpose}, got one without; ${tokenRemedy}`,
        ],
  );
}

/** GitHub delivers board events to organizations only. */
export function ownerProblem(owner: string, { organization }: GitHubUse): Problem {
  return {
    said: `mesh-six:githubOrganization: expected an organization, got the ${owner.toLowerCase()} ${organization}`,
    remedy:
      "GitHub tells nobody of changes on a person's board: pulumi config set mesh-six:githubOrganization NAME",
  };
}

/** A classic token's scopes, of which a larger one holds smaller ones (docs.github.com, "Scopes for OAuth apps"). */
function ofScopes(held: readonly string[], use: GitHubUse): Permission[] {
  const permission = (purpose: Permission["use"], scopes: readonly [string, ...string[]]): Permission => {
    const found = scopes.find((scope) => held.includes(scope));
    return {
      use: purpose,
      lacking: found === undefined ? `scope ${scopes[0]}` : undefined,
      seen: `scope ${found ?? ""}`,
    };
  };
  const permissions: Permission[] = [];
  if (use.repositories.length > 0) {
    const allPublic = use.repositories.every((repository) => repository.public);
    permissions.push(
      permission("repositories", allPublic ? ["repo", "public_repo"] : ["repo"]),
      permission("boards", ["project"]),
    );
    if (needsWorkflows(use)) permissions.push(permission("workflow files", ["workflow"]));
  }
  if (use.webhook) permissions.push(permission("the organization's webhook", ["admin:org_hook"]));
  return permissions;
}

/** GitHub names no permissions of a fine-grained token, so each is tried without changing anything. */
async function byReading(github: GitHub, use: GitHubUse): Promise<Permission[]> {
  const { organization } = use;
  const permissions: Permission[] = [];
  if (use.repositories.length > 0) {
    const may = await viewer(github, organization);
    const contents = await firstRefusal(github, use);
    const repositories = "permission Administration (write) on the organization's repositories";
    permissions.push(
      {
        use: "repositories",
        lacking: may.viewerCanCreateRepositories ? undefined : repositories,
        seen: "may create repositories",
      },
      {
        use: "repositories' contents",
        lacking: contents === "refused" ? "permission Contents (write)" : undefined,
        seen: contents === "read" ? "may read contents" : "no repository to try it on yet",
        unknown: contents === "nowhere",
      },
      {
        use: "boards",
        lacking: may.viewerCanCreateProjects ? undefined : "organization permission Projects (write)",
        seen: "may create projects",
      },
    );
    if (needsWorkflows(use)) {
      const seen = "GitHub tells it to nobody before the first workflow file is written";
      permissions.push({ use: "workflow files", lacking: undefined, seen, unknown: true });
    }
  }
  if (use.webhook) {
    const hooks = await refusalOf(github, "GET /orgs/{org}/hooks", { org: organization, per_page: 1 });
    permissions.push({
      use: "the organization's webhook",
      lacking: hooks === 200 ? undefined : "organization permission Webhooks (write)",
      seen: "may read webhooks",
    });
  }
  return permissions;
}

interface Viewer {
  readonly viewerCanCreateRepositories: boolean;
  readonly viewerCanCreateProjects: boolean;
}

async function viewer(github: GitHub, owner: string): Promise<Viewer> {
  const answer = await github.query<{ readonly organization: Viewer | null }>(
    `query LookAtToken($owner: String!) {
      organization(login: $owner) { viewerCanCreateRepositories viewerCanCreateProjects }
    }`,
    { owner },
  );
  return answer.organization ?? { viewerCanCreateRepositories: false, viewerCanCreateProjects: false };
}

/** Tries to read contents where one of the repositories is there already. */
async function firstRefusal(github: GitHub, use: GitHubUse): Promise<"read" | "refused" | "nowhere"> {
  const { organization: owner } = use;
  for (const { name: repo } of use.repositories) {
    if ((await refusalOf(github, "GET /repos/{owner}/{repo}", { owner, repo })) !== 200) continue;
    // 404: there is no commit yet.
    const status = await refusalOf(github, "GET /repos/{owner}/{repo}/contents", { owner, repo });
    return status === 403 ? "refused" : "read";
  }
  return "nowhere";
}

/** GitHub's answer to a request: 200, or 403 and 404, by which it refuses and hides. */
async function refusalOf(
  github: GitHub,
  route: string,
  parameters: Record<string, unknown>,
): Promise<number> {
  try {
    await github.rest(route, parameters);
    return 200;
  } catch (error) {
    const status = statusOf(error);
    if (status === 403 || status === 404) return status;
    throw error;
  }
}

function needsWorkflows({ repositories }: GitHubUse): boolean {
  return repositories.some(
    ({ template }) =>
      template !== "" && existsSync(projectFolder(join("templates", template, ".github", "workflows"))),
  );
}
