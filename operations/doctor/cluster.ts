import { type Kind, readObject } from "../../components/preflight/apiServer.ts";
import { isServed, kindsOf, missing, secretData } from "../../components/preflight/cluster.ts";
import { ingressKinds, neededKinds } from "../../components/preflight/kinds.ts";
import { type Access, clusterAccess } from "../../components/preflight/kubeconfig.ts";
import type { Settings } from "../../components/settings.ts";
import { type Finding, fail, failure, pass, warn } from "./examination.ts";
import type { Stack } from "./stack.ts";

/** A cluster that answers. */
export interface Cluster {
  readonly access: Access;
  readonly kinds: readonly Kind[];
  /** Whether it runs on this machine, where no public name leads to it. */
  readonly local: boolean;
}

/** Whether the API server answers, and lets us in. */
export async function lookAtCluster({ preflight: { cluster } }: Settings): Promise<Finding<Cluster>> {
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
export function lookAtKinds(settings: Settings, { kinds }: Cluster): [string, Finding][] {
  const lines = neededKinds(settings).map((needed): [string, Finding] => {
    const [problem] = missing([needed], kinds);
    return [
      `CRD ${needed.kind}.${needed.group}`,
      problem === undefined ? pass(needed.version) : failure(problem),
    ];
  });
  const wanted = ingressKinds(settings);
  const [first] = wanted.filter((kind) => isServed(kind, kinds));
  const name = "CRD IngressRoute";
  if (first === undefined) return [...lines, [name, failure(missing(wanted.slice(0, 1), kinds)[0])]];
  const old = "traefik.containo.us";
  if (first.group !== old) return [...lines, [name, pass(`${first.group}/${first.version}`)]];
  return [
    ...lines,
    [
      name,
      warn(
        `expected traefik.io/v1alpha1, got only the old group ${old}; IngressRoutes are declared in it`,
        "before Traefik is upgraded to version 3, install the CRDs of traefik.io and run pulumi up",
      ),
    ],
  ];
}

/** Whether the namespace is free, ours, or to be taken over. */
export async function lookAtNamespace(
  settings: Settings,
  { access }: Cluster,
  { made }: Stack,
): Promise<Finding> {
  const { namespace, adopt } = settings;
  if (made.has("kubernetes:core/v1:Namespace", namespace)) return pass("made by this stack");
  const found = await readObject(access, `/api/v1/namespaces/${namespace}`);
  if (found === undefined) return pass("not there yet: pulumi up makes it");
  if (adopt) return pass("there already: pulumi up takes it over");
  return fail(
    `namespace ${namespace}: expected none, got one that this stack did not make`,
    "to take over what is there: pulumi config set mesh-six:adopt true",
  );
}

/** Whether the Secrets that others are copied from hold the keys. */
export function lookAtSources(
  settings: Settings,
  { access }: Cluster,
): Promise<readonly (readonly [string, Finding])[]> {
  const sources = Object.entries(settings.secrets.sources).flatMap(([name, source]) =>
    source.source === "cluster" ? [{ title: `source of ${name}`, source }] : [],
  );
  return Promise.all(
    sources.map(async ({ title, source }) => {
      const { namespace, name, keys } = source;
      const data = await secretData(access, namespace, name).catch((error: unknown) => error as Error);
      if (data instanceof Error) return [title, failure(data)] as const;
      const lacking = Object.values(keys).filter((key) => data[key] === undefined);
      if (lacking.length === 0) return [title, pass(`Secret ${namespace}/${name}`)] as const;
      const got = Object.keys(data).join(", ") || "none";
      return [
        title,
        fail(
          `Secret ${namespace}/${name}: expected key ${lacking.join(", ")}, got ${got}`,
          "put it there, or name the right key in mesh-six:secrets",
        ),
      ] as const;
    }),
  );
}
