import {
  type GitHubUse,
  hastyGitHub,
  lookAtToken,
  ownerProblem,
  type Permission,
  type TokenFindings,
  tokenRemedy,
} from "../../../preflight/githubToken.ts";
import type { Settings } from "../../../settings/settings.ts";
import { githubAddresses } from "../../../lib/github/addresses.ts";
import { type GitHub, GitHubError } from "../../../lib/github/client.ts";
import { statusOf } from "../../../lib/github/errors.ts";
import { type Finding, fail, failure, failures, type Item, pass, skipped, warn } from "../examination.ts";

/** GitHub, which answers, and what it says of the token: findings, or the error by which it refused. */
export interface Reached {
  readonly client: GitHub;
  readonly use: GitHubUse;
  readonly said: TokenFindings | GitHubError;
}

/** A token that GitHub knows. */
export interface Known extends Reached {
  readonly said: TokenFindings;
}

/** Checks that GitHub answers at all. */
export async function lookAtGitHub({ inPlain }: Settings): Promise<Finding<Reached>> {
  const use = inPlain().github;
  if (use.repositories.length === 0 && !use.webhook) return skipped("no repositories and no webhook are set");
  const client = hastyGitHub(use);
  const where = use.baseUrl === "" ? "github.com" : githubAddresses(use.baseUrl).web;
  try {
    return pass(where, { client, use, said: await lookAtToken(client, use) });
  } catch (error) {
    if (error instanceof GitHubError && [401, 403, 404].includes(statusOf(error) ?? 0))
      return pass(where, { client, use, said: error });
    return failure(error);
  }
}

/** Checks that GitHub takes the token. */
export function lookAtLogin(reached: Reached): Finding<Reached> {
  const { said } = reached;
  if (!(said instanceof GitHubError)) return pass(`${said.kind} token`, reached);
  if (statusOf(said) === 404) return pass("known to GitHub", reached);
  const set = "set a valid one: pulumi config set --secret mesh-six:githubToken";
  if (statusOf(said) === 401)
    return fail("mesh-six:githubToken: expected one that GitHub takes, got 401", set);
  // A limit that is reached, single sign-on, addresses that are let in: GitHub says which.
  const found = failure<Reached>(said);
  return found.remedy === "" ? { ...found, remedy: `do as GitHub says, or ${set}` } : found;
}

/** Checks that the owner is there, and an organization. */
export function lookAtOwner({ said, use, client }: Reached): Finding<Known> {
  if (said instanceof GitHubError) return failure(said);
  if (said.owner === "Organization") return pass(`organization ${use.organization}`, { said, use, client });
  return failures([ownerProblem(said.owner, use)]);
}

/** One line for each thing the token must be allowed to do. */
export function permissionItems({ said: { permissions } }: Known): Item[] {
  return permissions.map(({ use, lacking, seen, unknown = false }) => {
    const look = () => {
      if (lacking !== undefined) return fail(`expected ${lacking}, got a token without`, tokenRemedy);
      if (!unknown) return pass(seen);
      return warn(`not to be seen: ${seen}`, "look at the token's permissions on GitHub");
    };
    return [nameOfPermission(use), look];
  });
}

/** The name of its line. */
export function nameOfPermission(use: Use): string {
  return `token for ${use}`;
}

/** A use of the token. */
export type Use = Permission["use"];
