import { boardTitle } from "../../../settings/repositories.ts";
import type { Settings } from "../../../settings/settings.ts";
import {
  latestDeliveries,
  rejectedInWords,
  rejectedRemedy,
  rejectedSinceLastGood,
} from "../../../lib/github/deliveries.ts";
import type { GitHub } from "../../../lib/github/client.ts";
import { unlessMissing } from "../../../lib/github/errors.ts";
import { existingRepository, existingWebhooks } from "../../../lib/github/existing.ts";
import { lookAtAdopted } from "../../../preflight/adopted.ts";
import { findBoard } from "../../../providers/projectBoard/identity/find.ts";
import { type Finding, fail, type Item, NotChecked, pass } from "../examination.ts";
import type { Stack } from "../stack.ts";
import { listeners } from "./otherWebhooks.ts";
import { type Known, nameOfPermission, type Use } from "./tokenChecks.ts";

/** Whether each repository and board, and the webhook, are free, ours, or to be taken over. */
export function availabilityItems({ client, use, said }: Known, settings: Settings, stack: Stack): Item[] {
  const { organization, repositories, webhook } = settings.github;
  let last: Promise<unknown> = Promise.resolve();
  // In turn: GitHub dislikes many requests at once.
  const inTurn = (needed: Use, look: () => Promise<Finding>) => () => {
    const isLacking = said.permissions.some((one) => one.use === needed && one.lacking !== undefined);
    if (isLacking) throw new NotChecked(nameOfPermission(needed));
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
  const found = await unlessMissing(existingRepository(client, owner, name));
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
  const hooks = await unlessMissing(existingWebhooks(client, org));
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
