import { labelSelector } from "../../../components/cluster/metadata.ts";
import { stackAnnotation } from "../../../settings/objectMetadata.ts";
import { type Cluster as Client, clusterOf, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import type { Settings } from "../../../settings/settings.ts";
import { secretKeys } from "../../../settings/secrets/standard.ts";
import type { Cluster } from "./cluster.ts";
import { type Finding, fail, failures, pass, warn } from "../examination.ts";
import type { Stack } from "../stack.ts";

/** The places that two stacks must not share; every text is comparable as it is. */
export interface Belongings {
  /** `HOST KEY_PREFIX` of each state store. */
  readonly redis: readonly string[];
  /** `HOST VIRTUAL_HOST` of RabbitMQ; undefined where it cannot be known. */
  readonly rabbitmq: string | undefined;
  /** `HOST:PORT/NAME`; undefined where it cannot be known. */
  readonly database: string | undefined;
  /** Host names of the routes. */
  readonly hosts: readonly string[];
  /** Ids of the boards the receiver listens to. */
  readonly boards: readonly string[];
}

/** Another stack of this program in the cluster. */
export interface OtherStack extends Belongings {
  /** Its name, where its objects say it. */
  readonly stack: string | undefined;
  readonly namespace: string;
}

/** The places that this stack shares with another one, each with the setting that separates them. */
export function sharedWith(own: Belongings, other: OtherStack): Problem[] {
  const set = (setting: string) => `pulumi config set mesh-six:${setting} VALUE`;
  const both = (mine: readonly string[], theirs: readonly string[]) =>
    mine.filter((one) => theirs.includes(one));
  const one = (text: string | undefined) => (text === undefined ? [] : [text]);
  return [
    ...both(own.redis, other.redis).map((key) => ({
      said: `keys in Redis (${key})`,
      remedy: `${set("daprStatePrefix")}, ${set("daprActorPrefix")}`,
    })),
    ...both(one(own.rabbitmq), one(other.rabbitmq)).map((place) => ({
      said: `queues in RabbitMQ (${place})`,
      remedy: set("rabbitmqVirtualHost"),
    })),
    ...both(one(own.database), one(other.database)).map((place) => ({
      said: `database ${place}`,
      remedy: set("databaseName"),
    })),
    ...both(own.hosts, other.hosts).map((host) => ({
      said: `routes of ${host}`,
      remedy: set("ingressHost"),
    })),
    ...both(own.boards, other.boards).map((board) => ({
      said: `board ${board}`,
      remedy: "give one of them another board: another title or repository in mesh-six:repositories",
    })),
  ];
}

/** Whether another stack in the cluster works on what is this one's. */
export async function lookAtOtherStacks(
  settings: Settings,
  { access }: Cluster,
  { name, made }: Stack,
): Promise<Finding> {
  const client = clusterOf(access);
  const { namespace, argocd } = settings;
  const taken = [
    await ownedByOther(client, "v1", "Namespace", "", namespace, name),
    argocd.enabled
      ? await ownedByOther(
          client,
          "argoproj.io/v1alpha1",
          "Application",
          argocd.namespace,
          argocd.application,
          name,
        )
      : undefined,
  ].filter((said) => said !== undefined);
  if (taken.length > 0) {
    return fail(
      `expected none of another stack, got ${taken.join(", ")}`,
      "name others: pulumi config set mesh-six:namespace NAME, pulumi config set mesh-six:argocdApplication NAME",
    );
  }
  let others: OtherStack[];
  try {
    others = await otherStacks(client, namespace, name);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    return warn(
      "the kubeconfig's user is not allowed to list the namespaces of other stacks",
      "kubectl create clusterrole --verb=list --resource=namespaces,components.dapr.io,ingressroutes.traefik.io NAME",
    );
  }
  if (others.length === 0) return pass("no other stack in this cluster");
  const own = ownBelongings(settings, made);
  const shared = others.flatMap((other) => sharedWith(own, other).map((what) => ({ ...what, other })));
  const named = (other: OtherStack) =>
    `${other.stack === undefined ? "a stack" : `stack ${other.stack}`} in namespace ${other.namespace}`;
  if (shared.length === 0) return pass(`apart from ${others.map(named).join(", ")}`);
  return failures(
    shared.map(({ said, remedy, other }) => ({
      said: `expected ${said} to be this stack's alone, got ${named(other)} too`,
      remedy,
    })),
  );
}

async function ownedByOther(
  client: Client,
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  stack: string,
): Promise<string | undefined> {
  const found = await client.get({ apiVersion, kind, namespace, name });
  const other = found?.metadata.annotations?.[stackAnnotation];
  if (other === undefined || other === stack) return undefined;
  return `${kind} ${name} of stack ${other}`;
}

function ownBelongings(settings: Settings, made: Stack["made"]): Belongings {
  const { dapr, secrets, database, ingress } = settings;
  const prefixes = [dapr.statePrefix, dapr.actorPrefix];
  const { host, port, database: name } = database.address;
  const rabbitmq = secrets.rabbitmq;
  return {
    redis: prefixes.map((prefix) => `${dapr.redisHost} ${prefix}`),
    rabbitmq: `${rabbitmq.host} ${rabbitmq.virtualHost}`,
    database: `${host}:${port}/${name}`,
    hosts: [ingress.host],
    boards: made.boardIds,
  };
}

/** Every namespace that another stack has made or taken over, with what is in it. */
async function otherStacks(client: Client, own: string, stack: string): Promise<OtherStack[]> {
  const namespaces = await client.list({ apiVersion: "v1", kind: "Namespace", labelSelector });
  const others = namespaces.filter(
    ({ metadata }) => metadata.name !== own && metadata.annotations?.[stackAnnotation] !== stack,
  );
  return Promise.all(
    others.map(async ({ metadata }) => ({
      stack: metadata.annotations?.[stackAnnotation],
      namespace: metadata.name ?? "",
      ...(await belongingsIn(client, metadata.name ?? "")),
    })),
  );
}

interface Component extends ClusterObject {
  /** Dapr requires none. */
  readonly spec?: {
    readonly type: string;
    readonly metadata?: readonly { readonly name: string; readonly value?: string }[];
  };
}

interface Route extends ClusterObject {
  readonly spec: { readonly routes?: readonly { readonly match: string }[] };
}

interface Workload extends ClusterObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
}

async function belongingsIn(client: Client, namespace: string): Promise<Belongings> {
  const routes = (group: string) =>
    client.list<Route>({ apiVersion: `${group}/v1alpha1`, kind: "IngressRoute", namespace });
  const urlOf = async ({ name, key }: { readonly name: string; readonly key: string }) => {
    const secret = await client.get<ClusterObject & { readonly data?: Readonly<Record<string, string>> }>({
      apiVersion: "v1",
      kind: "Secret",
      namespace,
      name,
    });
    const url = Buffer.from(secret?.data?.[key] ?? "", "base64").toString();
    return URL.canParse(url) ? new URL(url) : undefined;
  };
  const [components, current, former, workloads, rabbitmq, database] = await Promise.all([
    client.list<Component>({ apiVersion: "dapr.io/v1alpha1", kind: "Component", namespace }),
    routes("traefik.io"),
    routes("traefik.containo.us"),
    client.list<Workload>({ apiVersion: "apps/v1", kind: "Deployment", namespace }),
    urlOf(secretKeys.rabbitmqUrl),
    urlOf(secretKeys.postgresUrl),
  ]);
  const matches = [...current, ...former].flatMap(({ spec }) => spec.routes ?? []).map(({ match }) => match);
  const hosts = matches.flatMap((match) =>
    [...match.matchAll(/Host\(`([^`]+)`\)/g)].map(([, host]) => host!),
  );
  const boards = workloads.flatMap(({ spec }) =>
    spec.template.spec.containers.flatMap(({ env = [] }) =>
      env.flatMap(({ name, value = "" }) => (name === "GITHUB_PROJECT_ID" && value !== "" ? [value] : [])),
    ),
  );
  return {
    redis: components.flatMap(({ spec }) => {
      if (spec?.type !== "state.redis") return [];
      const item = (name: string) => spec.metadata?.find((one) => one.name === name)?.value ?? "";
      return [`${item("redisHost")} ${item("keyPrefix")}`];
    }),
    rabbitmq: rabbitmq && `${rabbitmq.host} ${decodeURIComponent(rabbitmq.pathname.slice(1)) || "/"}`,
    database: database && `${database.hostname}:${database.port || "5432"}${database.pathname}`,
    hosts: [...new Set(hosts)],
    boards: [...new Set(boards)],
  };
}
