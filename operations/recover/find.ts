import { isDeclaredBy } from "../../components/cluster/metadata.ts";
import { parseUrn } from "../../lib/pulumi/urn.ts";
import { type StateResource, type Unfinished, webhookType } from "./pending.ts";
import type { GitHub } from "../../lib/github/client.ts";
import type { Cluster } from "../../lib/kubernetes/cluster.ts";
import { unlessMissing } from "../../lib/github/errors.ts";
import { existingRepository, existingWebhooks } from "../../lib/github/existing.ts";

/** By what the services are asked for what a killed create left behind. */
export interface Services {
  readonly github: GitHub;
  readonly organization: string;
  /** Address the organization's webhook delivers to. */
  readonly webhookUrl: string;
  /** Connects to the cluster that the program uses. */
  readonly cluster: () => Promise<Cluster>;
}

/**
 * Looks for what a create left behind whose answer was lost.
 *
 * @returns its id in the words of its plugin; undefined when there is nothing of ours, or when the resource finds
 *   it by itself, as those of this project's own providers do
 * @throws Error when an object of that name is in the cluster and may be people's
 */
export function leftBehind(services: Services, unfinished: Unfinished): Promise<string | undefined> {
  const { resource } = unfinished;
  const { type } = resource;
  if (type === "github:index/repository:Repository") return repository(services, unfinished);
  if (type === webhookType) return webhook(services, unfinished);
  if (type.startsWith("kubernetes:")) return object(services, resource);
  // A role's or database's name is its id; the refresh that follows drops it when it is not there.
  if (/^postgresql:index\/(role:Role|database:Database)$/.test(type)) {
    return Promise.resolve(text(resource.inputs?.["name"]));
  }
  return Promise.resolve(undefined);
}

async function repository({ github, organization }: Services, { resource, since }: Unfinished) {
  const name = text(resource.inputs?.["name"]);
  if (name === undefined) return undefined;
  const found = await unlessMissing(existingRepository(github, organization, name));
  if (!found || !isYoung(found, since) || found.open_issues_count > 0) return undefined;
  const commits = await unlessMissing(
    github.rest<readonly unknown[]>("GET /repos/{owner}/{repo}/commits", {
      owner: organization,
      repo: name,
      per_page: 2,
    }),
    // 409: a repository without any commit.
    [404, 409],
  );
  // A create leaves nothing but the first commit; anything more may be people's.
  return (commits ?? []).length <= 1 ? name : undefined;
}

async function webhook({ github, organization, webhookUrl }: Services, { since }: Unfinished) {
  const hooks = await existingWebhooks(github, organization);
  const same = hooks.filter(
    (hook) =>
      hook.config.url === webhookUrl &&
      hook.events?.length === 1 &&
      hook.events[0] === "projects_v2_item" &&
      isYoung(hook, since),
  );
  return same.length === 1 ? String(same[0]?.id) : undefined;
}

/** Whether it came to be after the stack began to make it; GitHub's times are whole seconds. */
function isYoung({ created_at }: { readonly created_at: string }, since: Date | undefined): boolean {
  return since !== undefined && Date.parse(created_at) >= Math.floor(since.getTime() / 1000) * 1000;
}

async function object({ cluster }: Services, { inputs, type, urn }: StateResource) {
  const metadata = isRecord(inputs?.["metadata"]) ? inputs["metadata"] : {};
  const name = text(metadata["name"]);
  const apiVersion = text(inputs?.["apiVersion"]);
  const kind = text(inputs?.["kind"]);
  if (name === undefined || apiVersion === undefined || kind === undefined) return undefined;
  const namespace = text(metadata["namespace"]) ?? "";
  const found = await (await cluster()).get({ apiVersion, kind, namespace, name });
  if (found === undefined) return undefined;
  if (isDeclaredBy(parseUrn(urn).stack)(found.metadata)) {
    return namespace === "" ? name : `${namespace}/${name}`;
  }
  throw new Error(
    `${type} ${name}: it is there, but does not carry this stack's labels and annotation; set mesh-six:adopt to take it over, or move it away`,
  );
}

/** A plain text of the state; what is encrypted there is no text. */
function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
