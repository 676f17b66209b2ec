import * as pulumi from "@pulumi/pulumi";
import type { Kind } from "./preflight/apiServer.ts";
import { ApiServerError, readSecretData, servedKinds } from "./preflight/apiServer.ts";
import type { Access } from "./preflight/kubeconfig.ts";
import { clusterAccess } from "./preflight/kubeconfig.ts";
import type { SecretSource } from "./settings.ts";
import type { DatabaseLogin, FoundDatabase } from "./preflight/database.ts";
import { lookAtDatabase } from "./preflight/database.ts";

/** A kind the program declares, and what to do in a cluster that does not know it. */
export interface NeededKind extends Kind {
  readonly remedy: string;
}

export interface PreflightArgs {
  /** False where cluster and database are out of reach: nothing is looked at that need not be. */
  readonly enabled: boolean;
  /** Path or content, and context; empty for the ambient ones. */
  readonly cluster: { readonly kubeconfig: string; readonly context: string };
  readonly kinds: readonly NeededKind[];
  /** Any one of these will do. */
  readonly kindsOfIngress: readonly NeededKind[];
  readonly secrets: Readonly<Record<string, SecretSource>>;
  readonly database: DatabaseLogin;
}

/** What was found in the cluster and on the database's server. */
export interface Surroundings {
  /** Groups under which IngressRoute is served; the first asked for when nobody looked. */
  readonly ingressGroups: readonly string[];
  /** What is on the database's server already; undefined when nobody looked. */
  readonly database: FoundDatabase | undefined;
  /** Data of a Secret that a source of the settings names. */
  readonly readSecret: (namespace: string, name: string) => pulumi.Output<Record<string, string>>;
}

/**
 * Looks at cluster and database before the first write, both at once, and reports all that would fail later.
 *
 * @throws pulumi.RunError with a line for each thing, and what to do about it
 */
export async function preflight(args: PreflightArgs): Promise<Surroundings> {
  const problems: string[] = [];
  const noting = async <T>(look: Promise<T>): Promise<T | undefined> =>
    look.catch((error: unknown) => {
      problems.push(error instanceof Error ? error.message : String(error));
      return undefined;
    });
  const access = clusterAccess(args.cluster.kubeconfig, args.cluster.context);
  const secrets = clusterSecrets(args.secrets).map(
    ({ namespace, name }) =>
      [`${namespace}/${name}`, access.then((to) => secretData(to, namespace, name))] as const,
  );
  let ingressGroups = args.kindsOfIngress.slice(0, 1).map(({ group }) => group);
  let database: FoundDatabase | undefined;
  if (args.enabled) {
    const [kinds, found] = await Promise.all([
      noting(access.then(kindsOf)),
      noting(lookAtDatabase(args.database)),
      ...secrets.map(([, data]) => data.catch(() => undefined)),
    ]);
    database = found;
    if (kinds !== undefined) {
      // A cluster that cannot be reached is one problem, not one for each thing in it.
      await Promise.all(secrets.map(([, data]) => noting(data)));
      problems.push(...missing(args.kinds, kinds));
      const served = args.kindsOfIngress.filter((kind) => isServed(kind, kinds));
      if (served.length === 0 && args.kindsOfIngress[0])
        problems.push(...missing([args.kindsOfIngress[0]], kinds));
      ingressGroups = served.map(({ group }) => group);
    }
  }
  if (problems.length > 0) {
    throw new pulumi.RunError(["Nothing was changed:", ...problems.map((line) => `  - ${line}`)].join("\n"));
  }
  const data = new Map(secrets.map(([key, found]) => [key, args.enabled ? found : orUnknown(found)]));
  for (const found of data.values()) found.catch(() => undefined);
  return {
    ingressGroups,
    database,
    readSecret: (namespace, name) => pulumi.secret(pulumi.output(data.get(`${namespace}/${name}`)!)),
  };
}

function clusterSecrets(sources: Readonly<Record<string, SecretSource>>) {
  return Object.values(sources).filter((source) => source.source === "cluster");
}

/** A preview without reach goes on without the value; a real run cannot. */
async function orUnknown(data: Promise<Record<string, string>>): Promise<Record<string, string>> {
  try {
    return await data;
  } catch (error) {
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError((error as Error).message);
    return pulumi.unknown as unknown as Record<string, string>;
  }
}

async function kindsOf(access: Access): Promise<Kind[]> {
  try {
    return await servedKinds(access);
  } catch (cause) {
    throw new Error(
      `cluster ${access.server}: expected an answer, got ${told(cause)}; ${clusterRemedy(cause)}`,
      { cause },
    );
  }
}

async function secretData(access: Access, namespace: string, name: string): Promise<Record<string, string>> {
  try {
    return await readSecretData(access, namespace, name);
  } catch (cause) {
    const absent = cause instanceof ApiServerError && cause.status === 404;
    const remedy = absent
      ? `make it, or choose another source: pulumi config set --path mesh-six:secrets.NAME.source config`
      : clusterRemedy(cause);
    throw new Error(
      `Secret ${namespace}/${name}: expected to read it, got ${absent ? "none" : told(cause)}; ${remedy}`,
      { cause },
    );
  }
}

function told(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function clusterRemedy(cause: unknown): string {
  const status = cause instanceof ApiServerError ? cause.status : undefined;
  if (status === 401) return "the kubeconfig's log-in is not valid (any more): get a new one";
  if (status === 403) return "the kubeconfig's user may not: use one that may read it";
  if (status !== undefined) return "see the API server's own log";
  return "start it, or choose another: pulumi config set mesh-six:kubeconfig PATH, mesh-six:kubeContext NAME";
}

function missing(needed: readonly NeededKind[], served: readonly Kind[]): string[] {
  return needed
    .filter((kind) => !isServed(kind, served))
    .map(({ group, version, kind, remedy }) => {
      const versions = new Set(served.filter((one) => one.group === group).map((one) => one.version));
      const got = versions.size > 0 ? `${group}/${[...versions].join(", ")}` : "none";
      return `CRD ${kind}: expected the cluster to serve ${group}/${version}, got ${got}; ${remedy}`;
    });
}

function isServed(needed: Kind, served: readonly Kind[]): boolean {
  return served.some(
    (one) =>
      one.group === needed.group && one.version === needed.version && [needed.kind, "*"].includes(one.kind),
  );
}
