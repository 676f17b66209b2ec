import * as pulumi from "@pulumi/pulumi";
import type { NeededKind } from "./cluster.ts";
import { isServed, kindsOf, missing, secretData } from "./cluster.ts";
import { type Access, clusterAccess } from "../lib/kubernetes/login.ts";
import { isOfCluster } from "../lib/kubernetes/request.ts";
import { lineOf } from "../lib/text/problem.ts";
import type { SecretSource } from "../settings/settings.ts";
import type { DatabaseLogin, FoundDatabase } from "./database.ts";
import { askServer, databaseProblems } from "./database.ts";
import type { GitHubUse } from "./githubToken.ts";
import { refuseExisting } from "./refuseExisting.ts";
import { type HandOverArgs, secretHandOver, secretsToHandOver } from "./secretHandOver.ts";
import { lookAtInstallation, type Installation, stays } from "./application/installation.ts";
import type { Wanted } from "./application/seen.ts";
import { stackHolds } from "./ownState.ts";
import { TokenGuard } from "./tokenGuard.ts";

export interface PreflightArgs {
  /** False where cluster and database are out of reach: nothing is looked at that need not be. */
  readonly enabled: boolean;
  /** Takes over existing objects instead of refusing them. */
  readonly adopt: boolean;
  /** Path or content, and context; empty for the ambient ones. */
  readonly cluster: { readonly kubeconfig: string; readonly context: string };
  readonly kinds: readonly NeededKind[];
  /** Any one of these will do. */
  readonly kindsOfIngress: readonly NeededKind[];
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** Namespace of the Secrets. */
  readonly namespace: string;
  /** Whether an object with these labels and annotations is one of this stack's. */
  readonly isOwn: HandOverArgs["isOwn"];
  readonly database: DatabaseLogin;
  readonly github: GitHubUse;
  /** The wanted Application; without it nobody looks at one. */
  readonly application?: Wanted;
}

/** Findings in the cluster and on the database's server. */
export interface Surroundings {
  /** Groups under which IngressRoute is served; the first asked for when nobody looked. */
  readonly ingressGroups: readonly string[];
  /** The role and database that exist on the server already; undefined when nobody looked. */
  readonly database: FoundDatabase | undefined;
  /** For every object of the cluster, where what exists is not to be taken over. */
  readonly refuseExisting: pulumi.ResourceTransformation;
  /** Whether the Namespace stays when the stack goes, also where nobody can tell. */
  readonly namespaceStays: boolean;
  /** For the Secrets: keeps their content in place while their source changes. */
  readonly secretHandOver: pulumi.ResourceTransformation;
  /** Secrets from Vault that Pulumi has written and External Secrets has not taken yet. */
  readonly handedOver: ReadonlySet<string>;
  /** For everything that is declared on GitHub: looks at the token before its first change. */
  readonly guardToken: pulumi.ResourceTransformation;
  /** The keys of a Secret that a source of the settings names. */
  readonly readSecret: (namespace: string, name: string) => pulumi.Output<Record<string, string>>;
  /** The objects that the live Application's patches take out of its source; empty when nobody looked. */
  readonly takenOut: Installation["seen"];
}

/**
 * Looks at cluster and database before the first write, both at once, and reports all that would fail later.
 *
 * GitHub is asked here in the very first run only, when everything is yet to be made: a run that changes nothing
 * there must not send it a request, and what a run will change the engine alone knows. From then on the guard looks
 * when the first resource on GitHub is about to be made or changed.
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
  const guard = new TokenGuard(args.github, args.enabled);
  const access = clusterAccess(args.cluster.kubeconfig, args.cluster.context);
  // A preview that looks at nothing needs none.
  access.catch(() => undefined);
  const secrets = clusterSecrets(args.secrets).map(
    ([id, wanted]) => [id, access.then((to) => secretData(to, wanted, [...wanted.keys]))] as const,
  );
  const handedOver = secretsFromSettings(args, access);
  handedOver.catch(() => undefined);
  let ingressGroups = args.kindsOfIngress.slice(0, 1).map(({ group }) => group);
  let database: FoundDatabase | undefined;
  let installation: Installation | undefined;
  if (args.enabled) {
    const { application } = args;
    const [kinds, found, looked] = await Promise.all([
      noting(access.then(kindsOf)),
      noting(askServer(args.database)),
      access.then(
        (to) => application && answered(lookAtInstallation(to, application, stackHolds)),
        () => undefined,
      ),
      ...secrets.map(([, data]) => data.catch(() => undefined)),
    ]);
    database = found;
    // A cluster that does not answer is said once, by the question for its kinds.
    if (looked instanceof Error) problems.push(...(kinds === undefined ? [] : [looked.message]));
    else installation = looked;
    problems.push(...(installation?.problems ?? []).map(lineOf));
    for (const notice of installation?.notices ?? []) await pulumi.log.warn(lineOf(notice));
    if (found !== undefined) problems.push(...databaseProblems(found, args.database).map(lineOf));
    if (found?.begun === false) problems.push(...((await noting(guard.problems())) ?? []));
    if (kinds !== undefined) {
      // A cluster that cannot be reached is one problem, not one for each thing in it.
      await Promise.all(secrets.map(([, data]) => noting(data)));
      problems.push(...missing(args.kinds, kinds).map(lineOf));
      const served = args.kindsOfIngress.filter((kind) => isServed(kind, kinds));
      if (served.length === 0 && args.kindsOfIngress[0])
        problems.push(...missing([args.kindsOfIngress[0]], kinds).map(lineOf));
      ingressGroups = served.map(({ group }) => group);
    }
  }
  if (problems.length > 0) {
    const lines = ["Nothing was changed:", ...problems.map((line) => `  - ${line}`)];
    throw new pulumi.RunError([...lines, ...(installation?.instructions ?? [])].join("\n"));
  }
  const data = new Map(secrets.map(([key, found]) => [key, args.enabled ? found : orUnknown(found)]));
  for (const found of data.values()) found.catch(() => undefined);
  return {
    ingressGroups,
    database,
    namespaceStays: await namespaceStays(args, access, installation),
    refuseExisting: args.enabled && !args.adopt ? refuseExisting(access, args.isOwn) : () => undefined,
    secretHandOver: secretHandOver({ ...args, access }),
    handedOver: await handedOver,
    guardToken: guard.transformation,
    takenOut: installation?.seen ?? "",
    readSecret: (namespace, name) => pulumi.secret(pulumi.output(data.get(`${namespace}/${name}`)!)),
  };
}

/** The answer of the cluster, or why there is none. @throws every error of another kind */
async function answered<T>(look: Promise<T>): Promise<T | Error> {
  try {
    return await look;
  } catch (error) {
    if (isOfCluster(error)) return error;
    throw error;
  }
}

/** A run asks also where nothing else is looked at: one that cannot tell keeps the Namespace. */
async function namespaceStays(
  { enabled, namespace }: PreflightArgs,
  access: Promise<Access>,
  installation: Installation | undefined,
): Promise<boolean> {
  if (enabled) return installation?.namespaceStays !== false;
  if (pulumi.runtime.isDryRun()) return false;
  return access
    .then((to) => stays(to, namespace))
    .then(
      (told) => told !== false,
      () => true,
    );
}

/** A preview may be out of reach; a run that cannot look could delete what it has to keep. */
async function secretsFromSettings(
  { enabled, secrets, namespace, isOwn }: PreflightArgs,
  access: Promise<Access>,
): Promise<ReadonlySet<string>> {
  const names = Object.keys(secrets).filter((name) => secrets[name]?.source === "vault");
  const isPreview = pulumi.runtime.isDryRun();
  if (names.length === 0 || (isPreview && !enabled)) return new Set();
  return access
    .then((to) => secretsToHandOver(to, namespace, names, isOwn))
    .catch((error: unknown) => {
      if (isPreview) return new Set();
      throw new pulumi.RunError(`Nothing was changed: ${(error as Error).message}`);
    });
}

/** Each Secret that sources name, once, with all the keys they name. */
function clusterSecrets(sources: Readonly<Record<string, SecretSource>>) {
  const wanted = new Map<string, { namespace: string; name: string; keys: Set<string> }>();
  for (const source of Object.values(sources)) {
    if (source.source !== "cluster") continue;
    const { namespace, name } = source;
    const id = `${namespace}/${name}`;
    const before = wanted.get(id)?.keys ?? [];
    wanted.set(id, { namespace, name, keys: new Set([...before, ...Object.values(source.keys)]) });
  }
  return [...wanted];
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
