import type { StateResource } from "./pending.ts";
import type { GitHub } from "../../providers/github.ts";
import { ApiException, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { GitHubError } from "../../providers/github.ts";

/** By what the services are asked for what a killed create left behind. */
export interface Services {
  readonly github: GitHub;
  readonly organization: string;
  /** The cluster's, as the program uses it. */
  readonly cluster: KubeConfig;
}

/**
 * Looks for what a create left behind whose answer was lost.
 *
 * @returns its id in the words of its plugin; undefined when there is nothing of ours, or when the resource finds
 *   it by itself, as those of this project's own providers do
 * @throws Error when something of that name is there and may be people's
 */
export function leftBehind(services: Services, resource: StateResource): Promise<string | undefined> {
  const { type } = resource;
  if (type === "github:index/repository:Repository") return repository(services, resource);
  if (type === "github:index/organizationWebhook:OrganizationWebhook") return webhook(services, resource);
  if (type.startsWith("kubernetes:")) return object(services, resource);
  // A role's or database's name is its id; the refresh that follows drops it when it is not there.
  if (/^postgresql:index\/(role:Role|database:Database)$/.test(type)) {
    return Promise.resolve(text(resource.inputs?.["name"]));
  }
  return Promise.resolve(undefined);
}

async function repository({ github, organization }: Services, { inputs }: StateResource) {
  const name = text(inputs?.["name"]);
  if (name === undefined) return undefined;
  const where = { owner: organization, repo: name };
  const found = await unlessMissing(
    github.rest<{ description: string | null; open_issues_count: number }>(
      "GET /repos/{owner}/{repo}",
      where,
    ),
  );
  if (!found) return undefined;
  const commits = await unlessMissing(
    github.rest<readonly { parents: readonly unknown[] }[]>("GET /repos/{owner}/{repo}/commits", {
      ...where,
      per_page: 2,
    }),
  );
  // Ours has the declared description and nothing but the first commit; anything more may be people's.
  const untouched =
    (found.description ?? "") === (text(inputs?.["description"]) ?? "") &&
    found.open_issues_count === 0 &&
    (commits ?? []).length <= 1;
  if (untouched) return name;
  throw new Error(
    `repository ${organization}/${name}: it is there, and holds more than an interrupted run of this program leaves behind; set adopt for it in mesh-six:repositories, or choose another name`,
  );
}

async function webhook({ github, organization }: Services, { inputs }: StateResource) {
  const configuration = inputs?.["configuration"];
  const url = isRecord(configuration) ? text(configuration["url"]) : undefined;
  const hooks = await github.rest<
    readonly { id: number; config: { url?: string }; events: readonly string[] }[]
  >("GET /orgs/{org}/hooks", { org: organization, per_page: 100 });
  const same = hooks.filter(
    ({ config, events }) =>
      events.length === 1 && events[0] === "projects_v2_item" && (!url || config.url === url),
  );
  return same.length === 1 ? String(same[0]?.id) : undefined;
}

async function object({ cluster }: Services, { inputs, type }: StateResource) {
  const metadata = isRecord(inputs?.["metadata"]) ? inputs["metadata"] : {};
  const name = text(metadata["name"]);
  const apiVersion = text(inputs?.["apiVersion"]);
  const kind = text(inputs?.["kind"]);
  if (name === undefined || apiVersion === undefined || kind === undefined) return undefined;
  const namespace = text(metadata["namespace"]);
  const api = KubernetesObjectApi.makeApiClient(cluster);
  try {
    const found = await api.read({
      apiVersion,
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    });
    if (found.metadata?.labels?.["app.kubernetes.io/managed-by"] === "pulumi") {
      return namespace === undefined ? name : `${namespace}/${name}`;
    }
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
  throw new Error(
    `${type} ${name}: it is there, but does not carry this program's labels; set mesh-six:adopt to take it over, or move it away`,
  );
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const cause = error instanceof GitHubError ? error.cause : undefined;
    // 409: a repository without any commit.
    if (isRecord(cause) && (cause["status"] === 404 || cause["status"] === 409)) return undefined;
    throw error;
  }
}

/** A plain text of the state; what is encrypted there is no text. */
function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
