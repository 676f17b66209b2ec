import { type Kind, readObject } from "../../../lib/kubernetes/apiServer.ts";
import { isServed, kindsOf, missing, type NeededKind, secretData } from "../../../preflight/cluster.ts";
import { ingressKinds, neededKinds } from "../../../preflight/kinds.ts";
import { type Access, clusterAccess } from "../../../lib/kubernetes/login.ts";
import type { SecretSource, Settings } from "../../../settings/settings.ts";
import { type Finding, fail, failures, type Item, pass, warn } from "../examination.ts";
import type { Stack } from "../stack.ts";

/** A cluster that answers. */
export interface Cluster {
  readonly access: Access;
  readonly kinds: readonly Kind[];
  /** Whether it runs on this machine, where no public name leads to it. */
  readonly local: boolean;
}

/** Whether the API server answers, and lets us in. */
export async function lookAtCluster({ inPlain }: Settings): Promise<Finding<Cluster>> {
  const { cluster } = inPlain();
  const access = await clusterAccess(cluster.kubeconfig, cluster.context);
  const kinds = await kindsOf(access);
  const version = (await readObject<{ gitVersion?: string }>(access, "/version"))?.gitVersion;
  return pass(`${access.server}, Kubernetes ${version ?? "of an unknown version"}`, {
    access,
    kinds,
    local: isLocal(new URL(access.server).hostname),
  });
}

function isLocal(host: string): boolean {
  return ["localhost", "[::1]"].includes(host) || host.startsWith("127.");
}

/** Every kind the program declares, in its version; Traefik's also under its old group. */
export function kindItems(settings: Settings, { kinds }: Cluster): Item[] {
  const wanted = ingressKinds(settings);
  return [
    ...neededKinds(settings).map((needed): Item => {
      const look = () => {
        const problems = missing([needed], kinds);
        return problems.length === 0 ? pass(`${needed.group}/${needed.version}`) : failures(problems);
      };
      return [`CRD ${needed.kind}`, look];
    }),
    ["CRD IngressRoute", () => lookAtIngressRoute(wanted, kinds)],
  ];
}

function lookAtIngressRoute(wanted: readonly NeededKind[], kinds: readonly Kind[]): Finding {
  const [first] = wanted.filter((kind) => isServed(kind, kinds));
  if (first === undefined) return failures(missing(wanted.slice(0, 1), kinds));
  const old = "traefik.containo.us";
  if (first.group !== old) return pass(`${first.group}/${first.version}`);
  return warn(
    `expected traefik.io/v1alpha1, got only the old group ${old}; IngressRoutes are declared in it`,
    "before Traefik is upgraded to version 3, install the CRDs of traefik.io and run pulumi up",
  );
}

/** Whether the namespace is free, ours, or to be taken over. */
export async function lookAtNamespace(
  settings: Settings,
  { access }: Cluster,
  { made }: Stack,
): Promise<Finding> {
  const { namespace, adopt } = settings;
  const found = await readObject<Ending>(access, `/api/v1/namespaces/${namespace}`);
  if (isEnding(found)) return ending(`namespace ${namespace}`, `namespace ${namespace}`);
  if (made.has("kubernetes:core/v1:Namespace", namespace)) return pass("made by this stack");
  if (found === undefined) return pass("not there yet: pulumi up makes it");
  if (adopt) return pass("there already: pulumi up takes it over");
  return fail(
    `namespace ${namespace}: expected none, got one that this stack did not make`,
    "to take over what is there: pulumi config set mesh-six:adopt true",
  );
}

/** An object, as far as it tells that somebody has deleted it and its finalizers still hold it. */
export interface Ending {
  readonly metadata?: { readonly deletionTimestamp?: string; readonly finalizers?: readonly string[] };
}

export function isEnding(object: Ending | undefined): boolean {
  return object?.metadata?.deletionTimestamp !== undefined;
}

/**
 * A namespace or object that is being deleted takes nothing new in, and everything in it goes with it.
 *
 * @param what - as a person says it
 * @param path - as kubectl wants it
 */
export function ending(what: string, path: string): Finding {
  return fail(
    `${what}: expected it to stay, got one that is being deleted`,
    `wait until it is gone; kubectl get ${path} -o yaml tells what holds it`,
  );
}

/** Whether the Secrets that others are copied from hold the keys. */
export function sourceItems(settings: Settings, { access }: Cluster): Item[] {
  return Object.entries(settings.secrets.sources).flatMap(([name, source]) =>
    source.source === "cluster" ? [[`source of ${name}`, () => lookAtSource(source, access)]] : [],
  );
}

async function lookAtSource(
  { namespace, name, keys }: Extract<SecretSource, { source: "cluster" }>,
  access: Access,
): Promise<Finding> {
  await secretData(access, { namespace, name }, Object.values(keys));
  return pass(`Secret ${namespace}/${name}`);
}
