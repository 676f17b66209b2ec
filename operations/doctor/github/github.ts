import {
  type GitHubUse,
  hastyGitHub,
  lookAtToken,
  ownerProblem,
  type Permission,
  type TokenFindings,
  tokenRemedy,
} from "../../../preflight/github.ts";
import { boardTitle } from "../../../settings/repositories.ts";
import type { Settings } from "../../../settings/settings.ts";
import { githubAddresses } from "../../../lib/github/addresses.ts";
import {
  latestDeliveries,
  rejectedInWords,
  rejectedRemedy,
  rejectedSinceLastGood,
} from "../../../lib/github/deliveries.ts";
import { type GitHub, GitHubError } from "../../../lib/github/client.ts";
import { statusOf, unlessMissing } from "../../../lib/github/errors.ts";
import { lookAtAdopted } from "../../../preflight/adopted.ts";
import { findBoard } from "../../../providers/projectBoard/identity/find.ts";
import {
  type Finding,
  fail,
  failure,
  failures,
  type Item,
  NotChecked,
  pass,
  skipped,
  warn,
} from "../examination.ts";
import type { Stack } from "../stack.ts";
import { type Hook, listeners } from "./otherWebhooks.ts";

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

/** Whether GitHub answers at all. */
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

/** Whether GitHub takes the token. */
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

/** Whether the owner is there, and an organization. */
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
    return [nameOf(use), look];
  });
}

function nameOf(use: Use): string {
  return `token for ${use}`;
}

/** Whether each repository and board, and the webhook, are free, ours, or to be taken over. */
export function thingItems({ client, use, said }: Known, settings: Settings, stack: Stack): Item[] {
  const { organization, repositories, webhook } = settings.github;
  let last: Promise<unknown> = Promise.resolve();
  // In turn: GitHub dislikes many requests at once.
  const inTurn = (needed: Use, look: () => Promise<Finding>) => () => {
    const isLacking = said.permissions.some((one) => one.use === needed && one.lacking !== undefined);
    if (isLacking) throw new NotChecked(nameOf(needed));
    const mine = last.then(look);
    last = mine.catch(() => undefined);
    return mine;
  };
  const items = repositories.flatMap((entry): Item[] => [
    [
      `repository ${entry.name}`,
      inTurn("repositories", () => lookAtRepository(client, organization, entry, stack)),
    ],
    [`board of ${entry.name}`, inTurn("boards", () => lookAtBoard(client, organization, entry, stack))],
  ]);
  if (use.webhook) {
    const look = () => lookAtWebhook(client, organization, webhook, stack);
    items.push(["webhook", inTurn("the organization's webhook", look)]);
  }
  return items;
}

type Use = Permission["use"];

type Entry = Settings["github"]["repositories"][number];

const ours = "this stack's own";
const free = "free: pulumi up makes it";

async function lookAtRepository(
  client: GitHub,
  owner: string,
  { name, adopt }: Entry,
  { made }: Stack,
): Promise<Finding> {
  if (made.has("github:index/repository:Repository", name)) return pass(ours);
  if (adopt) {
    const against = await lookAtAdopted(client, owner, name);
    if (against !== undefined) return fail(against.said, against.remedy);
    return pass("there already: pulumi up takes it over");
  }
  const found = await unlessMissing(client.rest("GET /repos/{owner}/{repo}", { owner, repo: name }));
  if (found === undefined) return pass(free);
  return fail(
    `repository ${owner}/${name}: expected none, got one that this stack did not make`,
    "set adopt in its entry in mesh-six:repositories to take it over, or choose another name",
  );
}

async function lookAtBoard(client: GitHub, owner: string, entry: Entry, { made }: Stack): Promise<Finding> {
  const { name, adopt, board } = entry;
  const repository = `${owner}/${name}`;
  if (made.has("pulumi-nodejs:dynamic/mesh-six:ProjectBoard", repository)) return pass(ours);
  const title = boardTitle(entry);
  // Without the repository's id, which nobody has read, boards are known by its name.
  const wanted = { ...board, owner, repository, repositoryId: "", title, adopt };
  const { projectId } = await findBoard(client, wanted);
  return pass(projectId === undefined ? free : "there already: pulumi up goes on with it");
}

async function lookAtWebhook(
  client: GitHub,
  org: string,
  { url, adoptId }: Settings["github"]["webhook"],
  { made }: Stack,
): Promise<Finding> {
  const isOurs = made.has("github:index/organizationWebhook:OrganizationWebhook");
  const hooks = await unlessMissing(
    client.rest<readonly Hook[]>("GET /orgs/{org}/hooks", { org, per_page: 100 }),
  );
  if (hooks === undefined) {
    const said = `webhooks of ${org}: expected to read them, got none to see`;
    return fail(said, "use the token of one of the organization's owners");
  }
  if (isOurs) {
    const own = hooks.find(({ config }) => config.url === url);
    const said = [ours, ...listeners(hooks, url)].join("; ");
    return own === undefined ? pass(said) : lookAtDeliveries(client, org, String(own.id), said);
  }
  if (adoptId !== "") {
    if (hooks.some(({ id }) => String(id) === adoptId)) return pass("there already: pulumi up takes it over");
    const numbers = hooks.map(({ id }) => id).join(", ") || "none";
    return fail(
      `mesh-six:githubWebhookId: expected a webhook of ${org} (${numbers}), got ${adoptId}`,
      "pulumi config set mesh-six:githubWebhookId NUMBER",
    );
  }
  const same = hooks.find(({ config }) => config.url === url);
  if (same === undefined) return pass([free, ...listeners(hooks, url)].join("; "));
  return fail(
    `webhook of ${org} to ${url}: expected none, got number ${same.id}, which this stack did not make`,
    `to take it over: pulumi config set mesh-six:githubWebhookId ${same.id}`,
  );
}

/** Whether the receiver takes what GitHub delivers: a secret that somebody changed shows nowhere else. */
async function lookAtDeliveries(
  client: GitHub,
  organization: string,
  hookId: string,
  otherwise: string,
): Promise<Finding> {
  const rejected = rejectedSinceLastGood(await latestDeliveries(client, { organization, hookId }));
  if (rejected.length === 0) return pass(otherwise);
  return fail(
    `webhook ${hookId} of ${organization}: expected the receiver to take its deliveries, got ${rejectedInWords(rejected)}`,
    rejectedRemedy(rejected),
  );
}
