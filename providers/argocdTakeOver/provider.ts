import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { applicationReference, patchesOf, takenOut, takesOut } from "../../lib/argocd/application.ts";
import type { Application, ApplicationName, Named } from "../../lib/argocd/application.ts";
import { stopCascade } from "../../lib/argocd/finalizers.ts";
import { release } from "../../lib/argocd/marks.ts";
import { readTracking } from "../../lib/argocd/readTracking.ts";
import {
  connect,
  describe,
  type Cluster,
  type ClusterAccess,
  type ObjectReference,
} from "../../lib/kubernetes/cluster.ts";
import { isOfCluster } from "../../lib/kubernetes/request.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { findOnObjects, foreignOf, keyOf, nothingForeign, type Found } from "./found.ts";
import { pause } from "./pause.ts";

interface Inputs extends ClusterAccess {
  /** Whether what exists is to be taken over; else nothing is touched, and creating it will be refused. */
  readonly adopt: boolean;
  /** Empty where the stack declares no Application. */
  readonly application: ApplicationName | "";
  readonly objects: readonly ObjectReference[];
}

/**
 * The objects that the live Application's patches take out of its source; "absent" without one, empty where nobody
 * looked.
 */
export type Seen = readonly Named[] | "absent" | "";

/**
 * The number of times each object had to be taken back, by `Kind/name`: because the live Application had lost our
 * patches. A number that grows makes Pulumi apply the object in full, whatever its state says.
 */
export type Restored = Readonly<Record<string, number>>;

type Checked = Inputs & Partial<Found> & { readonly restored?: Restored };
/** States from before ArgoCD was made to leave objects alone hold neither of the last two. */
type Outputs = Inputs & Omit<Found, "kept"> & { readonly kept?: Found["kept"]; readonly restored?: Restored };

/**
 * Looks for what has to stay as it is, and whether the live Application still has our patches. Here and not in
 * `create`, since a preview knows of a resource that changes no more than its inputs: a Deployment whose selector is
 * not known would be said to be replaced.
 */
export async function check(
  olds: Partial<Outputs>,
  { seen = "", ...news }: Inputs & { readonly seen?: Seen },
): Promise<pulumi.dynamic.CheckResult<Checked>> {
  const restored = olds.restored ?? {};
  if (isUnknown(news.objects)) return { inputs: { ...news, restored } };
  // A preview may be out of the cluster's reach. The take-over looks again, and says why not.
  const [found, lost] = await Promise.all([
    find(olds, news).catch((error: unknown) => nothingWithoutCluster(error)),
    lostPatches(olds, news, seen).catch((error: unknown) => nothingWithoutCluster(error) ?? []),
  ]);
  const counted = lost.map((key) => [key, (restored[key] ?? 0) + 1] as const);
  return { inputs: { ...news, ...found, restored: { ...restored, ...Object.fromEntries(counted) } } };
}

/** Nothing where the cluster could not be asked. @throws every other error */
function nothingWithoutCluster(error: unknown): undefined {
  if (!isOfCluster(error)) throw error;
}

/** Another set of objects, an Application that was not looked at, or lost patches are something to take over. */
export function diff(_id: string, olds: Outputs, news: Checked): Promise<pulumi.dynamic.DiffResult> {
  return Promise.resolve({
    changes:
      isUnknown(news.objects) ||
      !isSame(olds, news) ||
      isNew(olds, news) ||
      !isDeepStrictEqual(olds.restored ?? {}, news.restored ?? {}) ||
      // A state from before ArgoCD was made to leave objects alone: their options were not looked at.
      (olds.kept === undefined && news.kept !== undefined),
  });
}

export async function create(inputs: Checked): Promise<pulumi.dynamic.CreateResult<Outputs>> {
  return { id: "take-over", outs: await takeOver({}, inputs) };
}

export async function update(
  _id: string,
  olds: Outputs,
  news: Checked,
): Promise<pulumi.dynamic.UpdateResult<Outputs>> {
  return { outs: await takeOver(olds, news) };
}

function isSame(olds: Partial<Inputs>, news: Inputs): boolean {
  return isDeepStrictEqual(sorted(olds.objects ?? []), sorted(news.objects));
}

/** Before the first word to adopt, nobody looked at what exists. */
function isNew(olds: Partial<Inputs>, news: Inputs): boolean {
  return (news.adopt && olds.adopt !== true) || !isDeepStrictEqual(olds.application, news.application);
}

/**
 * The objects that this stack has, and the Application itself, where the Application lacks our patches: somebody
 * took them out, and ArgoCD may have written over the objects since. Empty where it has them.
 */
async function lostPatches(olds: Partial<Outputs>, news: Inputs, seen: Seen): Promise<string[]> {
  if (news.application === "" || olds.objects === undefined || isNew(olds, news)) return [];
  const taken = seen === "" ? await lookAtPatches(news, news.application) : seen;
  if (taken === "absent") return [];
  const lacking = held(olds, news).filter(
    ({ kind, name }) => !taken.some((one) => one.kind === kind && one.name === name),
  );
  if (lacking.length === 0) return [];
  return [...lacking, { kind: "Application", name: news.application.name }].map(keyOf);
}

async function lookAtPatches(access: ClusterAccess, name: ApplicationName): Promise<Exclude<Seen, "">> {
  const cluster = await connect(access);
  const application = await cluster.get<Application>(applicationReference(name));
  return application === undefined ? "absent" : takenOut(patchesOf(application));
}

/** The objects that the stack declares now and has made or taken over already. */
function held(olds: Partial<Inputs>, news: Inputs): ObjectReference[] {
  return news.objects.filter((object) => olds.objects?.some((one) => isDeepStrictEqual(one, object)));
}

async function takeOver(olds: Partial<Outputs>, inputs: Checked): Promise<Outputs> {
  const { selectors, foreign, kept } = inputs;
  const found = selectors && foreign && kept ? { selectors, foreign, kept } : await find(olds, inputs);
  // Without the word to adopt, only what is the stack's own already is touched.
  const objects = inputs.adopt ? inputs.objects : held(olds, inputs);
  if (objects.length > 0) {
    const cluster = await connect(inputs);
    const named = inputs.application === "" ? undefined : inputs.application;
    const isKnown = olds.foreign !== undefined && !isNew(olds, inputs);
    if (named !== undefined) await pauseApplication(cluster, named, objects, isKnown);
    const tracking = await readTracking(cluster, named?.namespace ?? "");
    for (const reference of objects) {
      const object = await cluster.get(reference);
      if (object !== undefined) await release(cluster, reference, object, named, tracking);
    }
  }
  return { ...inputs, ...found };
}

async function find(olds: Partial<Outputs>, news: Inputs): Promise<Found> {
  // After the first time, what is in the Application's lists is this program's own.
  const known = isNew(olds, news) ? undefined : olds.foreign;
  const before: Found = {
    selectors: olds.selectors ?? {},
    foreign: known ?? nothingForeign,
    kept: olds.kept ?? {},
  };
  const isLookedAt = known !== undefined && olds.kept !== undefined && isSame(olds, news);
  const isFirst = olds.objects === undefined;
  if (isLookedAt || (!news.adopt && isFirst)) return before;
  const cluster = await connect(news);
  const { selectors, kept } = await findOnObjects(cluster, news.objects);
  if (!news.adopt) return { ...before, kept };
  return {
    foreign: known ?? (await foreignOf(cluster, news.application)),
    selectors: { ...selectors, ...before.selectors },
    kept,
  };
}

/** Stops the Application from putting objects back, and from deleting them along with itself. */
async function pauseApplication(
  cluster: Cluster,
  name: ApplicationName,
  objects: readonly ObjectReference[],
  isKnown: boolean,
): Promise<void> {
  const application = await stopCascade(cluster, name);
  if (application === undefined) return;
  const reference = applicationReference(name);
  if ((application.spec.sources ?? []).length > 0) {
    throw new Error(
      `${describe(reference)} has several sources (spec.sources), expected the one in spec.source: ` +
        "make it one source, or give another name with pulumi config set mesh-six:argocdApplication",
    );
  }
  const patches = patchesOf(application);
  if (objects.every((object) => takesOut(patches, object))) return;
  await pause(cluster, reference, application, isKnown);
}

function sorted(objects: readonly ObjectReference[]): string[] {
  return objects
    .map(({ apiVersion, kind, namespace, name }) => [apiVersion, kind, namespace, name].join(" "))
    .sort();
}
