import * as pulumi from "@pulumi/pulumi";
import type { GitHub } from "../lib/github/client.ts";
import { unlessMissing } from "../lib/github/errors.ts";
import { type ExistingRepository, existingRepository, existingWebhooks } from "../lib/github/existing.ts";
import { refusalRemedy } from "../lib/github/refusals.ts";
import { afterCutOff } from "../settings/afterCutOff.ts";
import { type GitHubUse, hastyGitHub } from "./githubToken.ts";

type Inputs = Readonly<Record<string, unknown>>;

const repository = "github:index/repository:Repository";
const webhook = "github:index/organizationWebhook:OrganizationWebhook";

const remedies: Readonly<Record<string, (inputs: Inputs) => string>> = {
  [repository]: ({ name }) =>
    `repository ${String(name)}: expected none, got one that this stack did not make; to take it over, with all that people have there, set adopt in its entry of mesh-six:repositories; to make another, choose another name; ${afterCutOff(pulumi.getStack())}`,
  [webhook]: () =>
    "webhook: expected none to this address, got one that the stack does not know; where the stack made it and lost it, by a lost answer or a refresh whose token cannot see webhooks: npm run recover -- --stack NAME; to take over another's: pulumi config set mesh-six:githubWebhookId NUMBER, which is at the end of its address in the organization's settings",
};

/**
 * Refuses, in a preview, a repository or a webhook that is to be made and is there already, and a repository whose new
 * name another one has. `pulumi up` previews first, so that it ends before its first write. A run without a preview
 * learns it from GitHub's refusal, and needs no request.
 *
 * @param webhookUrl - the address that the organization's webhook delivers to
 */
export function refuseTaken(use: GitHubUse, webhookUrl: string): pulumi.ResourceTransformation {
  const looks: Readonly<Record<string, (github: GitHub, inputs: Inputs) => Promise<boolean>>> = {
    [repository]: (github, { name }) => isRepository(github, use.organization, String(name)),
    [webhook]: (github) => isWebhook(github, use.organization, webhookUrl),
  };
  let onCreate: pulumi.ResourceHook | undefined;
  let onRename: pulumi.ResourceHook | undefined;
  const refuse: pulumi.ResourceHookFunction = async ({ type, newInputs, oldInputs }) => {
    const inputs: Inputs = newInputs ?? {};
    const remedy = remedies[type];
    // A replacement finds its predecessor.
    if (oldInputs !== undefined || remedy === undefined) return;
    if (await looks[type]?.(hastyGitHub(use), inputs)) throw new Error(remedy(inputs));
  };
  const refuseRename: pulumi.ResourceHookFunction = async ({ oldInputs, newInputs }) => {
    const [from, to]: unknown[] = [oldInputs, newInputs].map(
      (inputs: Inputs | undefined) => inputs?.["name"],
    );
    if (typeof from !== "string" || typeof to !== "string" || from === to) return;
    if (!(await isAnother(hastyGitHub(use), use.organization, from, to))) return;
    throw new Error(
      `repository ${to}: expected none, since repository ${from} gets this name, got another one; rename or delete that one on GitHub, or choose another name`,
    );
  };
  return ({ type, props, opts }) => {
    if (looks[type] === undefined || !pulumi.runtime.isDryRun()) return undefined;
    // That one is to be there.
    if ((opts as pulumi.CustomResourceOptions).import !== undefined) return undefined;
    onCreate ??= new pulumi.ResourceHook("taken on GitHub", refuse, { onDryRun: true });
    onRename ??= new pulumi.ResourceHook("new name taken on GitHub", refuseRename, { onDryRun: true });
    const hooks = {
      beforeCreate: [onCreate],
      ...(type === repository ? { beforeUpdate: [onRename] } : {}),
    };
    return { props, opts: pulumi.mergeOptions(opts, { hooks }) };
  };
}

/** Whether the new name is another repository's; the same one may have it already, by hand or by a run that was killed. */
async function isAnother(github: GitHub, owner: string, from: string, to: string): Promise<boolean> {
  const [before, now] = await Promise.all(
    [from, to].map((repo) => unlessMissing(existingRepository(github, owner, repo))),
  );
  return isCalled(now, owner, to) && before?.node_id !== now.node_id;
}

/** Whether there is a repository that has this name today. */
async function isRepository(github: GitHub, owner: string, repo: string): Promise<boolean> {
  return isCalled(await unlessMissing(existingRepository(github, owner, repo)), owner, repo);
}

function isCalled(
  found: ExistingRepository | undefined,
  owner: string,
  repo: string,
): found is ExistingRepository {
  return found?.full_name.toLowerCase() === `${owner}/${repo}`.toLowerCase();
}

async function isWebhook(github: GitHub, org: string, url: string): Promise<boolean> {
  const found = await unlessMissing(existingWebhooks(github, org));
  return found?.some(({ config }) => config.url === url) ?? false;
}

/**
 * Gives a refusal of GitHub's its remedy, where the plugin repeats GitHub's words alone: the name is taken, a rule of the
 * organization or the token stands against it.
 */
export function sayWhatIsTaken(): pulumi.ResourceTransformation {
  let hook: pulumi.ErrorHook | undefined;
  return ({ type, props, opts }) => {
    if (remedies[type] === undefined) return undefined;
    hook ??= new pulumi.ErrorHook("name taken", say);
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { onError: [hook] } }) };
  };
}

/** A thrown error takes the place of the engine's; without one that error stays, and is not tried again. */
const say: pulumi.ErrorHookFunction = ({ type, name, newInputs, errors }) => {
  const inputs: Inputs = newInputs ?? {};
  const given = inputs["name"];
  const remedy = remedies[type];
  const taken = errors.some((error) => /already exists/i.test(error));
  if (taken && remedy !== undefined) throw new Error(remedy(inputs));
  for (const error of errors) {
    const message = error.replaceAll(/\s+/g, " ").trim();
    const status = Number(/\b(4\d\d)\b/.exec(message)?.[1]) || undefined;
    const known = refusalRemedy({ status, types: [], message, headers: {} });
    if (known !== undefined)
      throw new Error(`${typeof given === "string" ? given : name}: ${message}; ${known}`);
  }
  return false;
};
