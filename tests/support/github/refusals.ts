import { graphql, make, read, type Recorded, rest, seed, tag, view } from "./answers.ts";

const sso = "https://github.com/orgs/bto-labs/sso?authorization_request=A4";
const ipList =
  "Although you appear to have the correct authorization credentials, the `bto-labs` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.";
const inaccessible = "Resource not accessible by personal access token";
const restrictions =
  "Although you appear to have the correct authorization credentials, the `bto-labs` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.";
/** Requests that GitHub refuses, and refuses again: one line with cause and remedy. */
export const refusals: readonly Recorded[] = [
  {
    what: "a token that ended",
    at: read,
    action: rest(401, "Bad credentials"),
    says: /401: Bad credentials.*; set a valid token: pulumi config set --secret mesh-six:githubToken/,
  },
  {
    what: "single sign-on, by REST's header",
    at: view,
    action: rest(403, "Resource protected by organization SAML enforcement.", {
      "x-github-sso": `required; url=${sso}`,
    }),
    says: /SAML.*; authorize the token.*: https:\/\/github\.com\/orgs\/bto-labs\/sso\?authorization_request=A4/,
  },
  {
    what: "single sign-on, in GraphQL",
    at: read,
    action: graphql(
      "FORBIDDEN",
      "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
    ),
    says: /refused it \(FORBIDDEN\).*; authorize the token for the organization's single sign-on/,
  },
  {
    what: "an IP allow list, in REST",
    at: view,
    action: rest(403, ipList),
    says: /IP allow list.*; run this from an address/,
  },
  {
    what: "an IP allow list, in GraphQL",
    at: make,
    action: graphql("FORBIDDEN", ipList),
    says: /IP allow list.*; run this from an address/,
  },
  {
    what: "a permission that a fine-grained token lacks, in REST",
    at: view,
    action: rest(403, inaccessible, { "x-accepted-github-permissions": "organization_projects=write" }),
    says: /; the token needs organization_projects=write$/,
  },
  {
    what: "a permission that a fine-grained token lacks, in GraphQL",
    at: make,
    action: graphql("FORBIDDEN", inaccessible),
    says: /refused it \(FORBIDDEN\): Resource not accessible.*; give the token that permission/,
  },
  {
    what: "a scope that a classic token lacks",
    at: make,
    action: graphql(
      "INSUFFICIENT_SCOPES",
      "Your token has not been granted the required scopes to execute this query. The 'createProjectV2' field requires one of the following scopes: ['project'], but your token has only been granted the: ['repo'] scopes.",
    ),
    says: /requires one of the following scopes: \['project'\].*; give the token that permission/,
  },
  {
    what: "a token that lives too long for the organization",
    at: view,
    action: rest(
      403,
      "The 'bto-labs' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days.",
    ),
    says: /; make a token that ends sooner/,
  },
  {
    what: "an organization without classic tokens",
    at: read,
    action: graphql(
      "FORBIDDEN",
      "`bto-labs` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.",
    ),
    says: /; make a fine-grained token/,
  },
  {
    what: "an organization without fine-grained tokens",
    at: read,
    action: graphql("FORBIDDEN", "`bto-labs` forbids access via a fine-grained personal access token."),
    says: /; make a classic token/,
  },
  {
    what: "an App that nobody approved",
    at: read,
    action: graphql("FORBIDDEN", restrictions),
    says: /; let an owner of the organization approve the App/,
  },
  {
    what: "a suspended account",
    at: view,
    action: rest(403, "Sorry. Your account was suspended."),
    says: /; ask the support of GitHub/,
  },
  {
    what: "an account without two factors",
    at: view,
    action: rest(403, "This organization requires two-factor authentication to be enabled."),
    says: /; switch two-factor authentication on/,
  },
  {
    what: "a ruleset against commits without a pull request",
    at: seed,
    action: graphql(
      "UNPROCESSABLE",
      "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
    ),
    says: /SeedRepository of bto-labs\/\S+: .*rule violations found Changes must be made.*; let the token's account bypass the rule/,
  },
  {
    what: "a ruleset against unsigned commits",
    at: seed,
    action: graphql(
      "UNPROCESSABLE",
      "Repository rule violations found\n\nCommits must have verified signatures.",
    ),
    says: /; let the token's account bypass the rule/,
  },
  {
    what: "a ruleset against new tags",
    at: tag,
    action: graphql(
      "UNPROCESSABLE",
      "Repository rule violations found\n\nCannot create ref due to creations being restricted.",
    ),
    says: /creations being restricted.*; let the token's account bypass the rule/,
  },
  {
    what: "a protected branch",
    at: seed,
    action: graphql("UNPROCESSABLE", "Protected branch update failed for refs/heads/main."),
    says: /; let the token's account bypass the rule/,
  },
  {
    what: "workflow files without the scope for them",
    at: seed,
    action: graphql(
      "FORBIDDEN",
      "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope",
    ),
    says: /; give the token the scope or permission for workflow files/,
  },
  {
    what: "a repository in the archive",
    at: seed,
    action: graphql("UNPROCESSABLE", "Repository was archived so is read-only."),
    says: /; take the repository out of the archive/,
  },
  {
    what: "a board that has 50 fields",
    at: { operation: "createProjectV2Field" },
    action: graphql("UNPROCESSABLE", "Project cannot have more than 50 fields"),
    says: /; delete fields that nobody uses/,
  },
  {
    what: "projects that are switched off",
    at: make,
    action: graphql("UNPROCESSABLE", "Projects are disabled for this organization"),
    says: /; let an owner of the organization allow projects/,
  },
  {
    what: "a plan that is used up",
    at: make,
    action: graphql("UNPROCESSABLE", "You have reached the limit of projects. Please upgrade your plan."),
    says: /; ask an owner of the organization to look at its plan/,
  },
  {
    what: "something that is not there or hidden",
    at: make,
    action: graphql("NOT_FOUND", "Could not resolve to a node with the global id of 'R_1'"),
    says: /refused it \(NOT_FOUND\): Could not resolve.*; check that it is there and that the token may see it/,
  },
  {
    what: "a block for legal reasons",
    at: view,
    action: rest(451, "Repository access blocked"),
    says: /; choose another repository/,
  },
  {
    what: "a refusal of which nothing more is known",
    at: view,
    action: rest(422, "Validation Failed"),
    says: /POST \/orgs\/bto-labs\/projectsV2\/\d+\/views: GitHub answered 422: Validation Failed/,
  },
  {
    what: "a limit that lasts longer than a run waits",
    at: read,
    action: rest(429, "Too Many Requests", { "retry-after": "3600" }),
    says: /; GitHub asks to wait 60 minutes: run the same command again then$/,
  },
  {
    what: "a gateway that waits no longer, and nothing done",
    at: make,
    action: rest(504, "We couldn't respond to your request in time"),
    says: /504: We couldn't respond.*; whether it was done is unknown: run the same command again/,
  },
  {
    what: "data that is null, and nothing done",
    at: make,
    action: { kind: "answer", status: 200, body: { data: null } },
    says: /expected data from GitHub, got an answer without data; whether it was done is unknown/,
  },
];
