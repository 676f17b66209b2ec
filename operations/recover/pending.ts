import { childUrn, parseUrn } from "../../lib/pulumi/urn.ts";

/** A resource as a Pulumi checkpoint holds it; secrets in it are encrypted. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
  readonly parent?: string;
  /** Reference of its provider: URN and id. */
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Whether what it stands for stays when it leaves the stack. */
  readonly retainOnDelete?: boolean;
  /** Time when the stack first had it, in ISO 8601. */
  readonly created?: string;
}

/** The output of `pulumi stack export`, as far as it matters here. */
export interface Deployment {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly {
      readonly type: string;
      readonly resource: StateResource;
    }[];
  };
}

/** A create whose outcome the stack does not know. */
export interface Unfinished {
  readonly resource: StateResource;
  /** Time when the stack first had its parent: somebody else made an older object. */
  readonly since: Date | undefined;
}

/** The outcome for one pending create. */
export interface Recovered {
  readonly resource: StateResource;
  /** Id of what the create left behind; undefined when it left nothing, or the next run finds it by itself. */
  readonly id: string | undefined;
}

interface Holder {
  readonly type: string;
  readonly nameOf: (component: string) => string;
  readonly inputsOf: (component: string) => Readonly<Record<string, unknown>>;
  /** Undefined where the component's own inputs do not say it. */
  readonly stays: (component: StateResource) => boolean | undefined;
}

/** Type of the webhook, which the settings alone say whether it stays. */
export const webhookType = "github:index/organizationWebhook:OrganizationWebhook";

/**
 * Components that always hold one resource of the github plugin, which cannot find what a create of its own left
 * behind. A component without it had a create that failed: perhaps after GitHub had done it.
 */
const holders: Readonly<Record<string, Holder>> = {
  "mesh-six:components:GitHubProject": {
    type: "github:index/repository:Repository",
    nameOf: (component) => `${component}-repository`,
    inputsOf: (component) => ({ name: component }),
    stays: ({ inputs }) => inputs?.["retain"] !== false,
  },
  "mesh-six:components:GitHubWebhook": {
    type: webhookType,
    nameOf: (component) => `${component}-organization`,
    inputsOf: () => ({}),
    stays: () => undefined,
  },
};

/** The creates that were under way when the last run was killed, and those whose answer was lost or refused. */
export function unfinished({ deployment }: Deployment): readonly Unfinished[] {
  const { resources = [], pending_operations = [] } = deployment;
  const pending = pending_operations
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource);
  const known = new Set([...resources, ...pending].map(({ urn }) => urn));
  const missing = resources.flatMap((component) => held(component, resources));
  const createdOf = new Map(resources.map(({ urn, created }) => [urn, created]));
  return [...pending, ...missing.filter(({ urn }) => !known.has(urn))].map((resource) => {
    const created = createdOf.get(resource.parent ?? "");
    return { resource, since: created === undefined ? undefined : new Date(created) };
  });
}

/** The resource a component holds, as a create would have begun it; none without the plugin's provider. */
function held(component: StateResource, resources: readonly StateResource[]): readonly StateResource[] {
  const holder = holders[component.type];
  const provider = resources.find(({ type }) => type === "pulumi:providers:github");
  if (holder === undefined || provider?.id === undefined) return [];
  const { name } = parseUrn(component.urn);
  const stays = holder.stays(component);
  return [
    {
      urn: childUrn(component.urn, holder.type, holder.nameOf(name)),
      type: holder.type,
      custom: true,
      parent: component.urn,
      provider: `${provider.urn}::${provider.id}`,
      inputs: holder.inputsOf(name),
      ...(stays === undefined ? {} : { retainOnDelete: stays }),
    },
  ];
}

/**
 * The state with each unfinished create settled: what was left behind is a resource of the stack, as its inputs
 * say until a refresh reads it; what was not will be made again.
 *
 * @param webhookStays - whether the webhook stays when it leaves the stack, as the settings say it
 */
export function settle(
  exported: Deployment,
  recovered: readonly Recovered[],
  webhookStays: boolean,
): Deployment {
  const known = new Set((exported.deployment.resources ?? []).map(({ urn }) => urn));
  const found = recovered.flatMap(({ resource, id }) =>
    id === undefined || known.has(resource.urn)
      ? []
      : [
          {
            ...resource,
            id,
            outputs: { ...resource.inputs, id },
            ...(resource.type === webhookType ? { retainOnDelete: webhookStays } : {}),
          },
        ],
  );
  const settled = new Set(recovered.map(({ resource }) => resource.urn));
  return {
    ...exported,
    deployment: {
      ...exported.deployment,
      resources: [...(exported.deployment.resources ?? []), ...found],
      pending_operations: (exported.deployment.pending_operations ?? []).filter(
        ({ type, resource }) => type !== "creating" || !settled.has(resource.urn),
      ),
    },
  };
}
