import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import {
  connect,
  describe,
  type Cluster,
  type ClusterAccess,
  type ClusterObject,
  type ObjectReference,
} from "../../lib/kubernetes/cluster.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import {
  applicationReference,
  ownPatch,
  patchesOf,
  pause,
  takesOut,
  type Application,
  type ApplicationName,
  type KustomizePatch,
} from "./application.ts";
import { release } from "./marks.ts";

interface Inputs extends ClusterAccess {
  /** Whether what exists is to be taken over; else nothing is touched, and creating it will be refused. */
  readonly adopt: boolean;
  /** Empty where the stack declares no Application. */
  readonly application: ApplicationName | "";
  readonly objects: readonly ObjectReference[];
}

/** What was found before the take-over and has to stay as it is. */
interface Found {
  /** Pod selectors of the Deployments, which cannot be changed, by name. */
  readonly selectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What others wrote into lists of the Application that the declaration replaces as a whole. */
  readonly foreign: Foreign;
}

type Outputs = Inputs & Found;

export interface Foreign {
  readonly patches: readonly KustomizePatch[];
  readonly syncOptions: readonly string[];
  readonly automated: Readonly<Record<string, unknown>>;
}

const nothingForeign: Foreign = { patches: [], syncOptions: [], automated: {} };

/**
 * Looks for what has to stay as it is. Here and not in `create`, since a preview knows of a resource that changes
 * no more than its inputs: a Deployment whose selector is not known would be said to be replaced.
 */
export async function check(
  olds: Partial<Outputs>,
  news: Inputs,
): Promise<pulumi.dynamic.CheckResult<Inputs & Partial<Found>>> {
  if (isUnknown(news.objects)) return { inputs: news };
  // A preview may be out of the cluster's reach. Whoever then takes over looks again, and says why not.
  const found = await find(olds, news).catch(() => undefined);
  return { inputs: { ...news, ...found } };
}

/** Only another set of objects, or an Application that was not looked at, is something to take over. */
export function diff(_id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult> {
  return Promise.resolve({ changes: isUnknown(news.objects) || !isSame(olds, news) || isNew(olds, news) });
}

export async function create(inputs: Inputs & Partial<Found>): Promise<pulumi.dynamic.CreateResult<Outputs>> {
  return { id: "take-over", outs: await takeOver({}, inputs) };
}

export async function update(
  _id: string,
  olds: Outputs,
  news: Inputs & Partial<Found>,
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

async function takeOver(olds: Partial<Outputs>, inputs: Inputs & Partial<Found>): Promise<Outputs> {
  const { selectors, foreign } = inputs;
  const found = selectors && foreign ? { selectors, foreign } : await find(olds, inputs);
  if (inputs.adopt) {
    const cluster = await connect(inputs);
    const named = inputs.application === "" ? undefined : inputs.application;
    if (named !== undefined) await pauseApplication(cluster, named, inputs.objects);
    for (const reference of inputs.objects) {
      const object = await cluster.get(reference);
      if (object !== undefined) await release(cluster, reference, object, named?.name);
    }
  }
  return { ...inputs, ...found };
}

async function find(olds: Partial<Outputs>, news: Inputs): Promise<Found> {
  // After the first time, what is in the Application's lists is this program's own.
  const known = isNew(olds, news) ? undefined : olds.foreign;
  const before = { selectors: olds.selectors ?? {}, foreign: known ?? nothingForeign };
  if (!news.adopt || (known !== undefined && isSame(olds, news))) return before;
  const cluster = await connect(news);
  const found = {
    selectors: await selectorsOf(cluster, news.objects),
    foreign: known ?? (await foreignOf(cluster, news.application)),
  };
  return { ...found, selectors: { ...found.selectors, ...before.selectors } };
}

interface Deployment extends ClusterObject {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
}

async function selectorsOf(
  cluster: Cluster,
  objects: readonly ObjectReference[],
): Promise<Found["selectors"]> {
  const selectors: Record<string, Readonly<Record<string, string>>> = {};
  for (const reference of objects.filter(({ kind }) => kind === "Deployment")) {
    const selector = (await cluster.get<Deployment>(reference))?.spec?.selector?.matchLabels;
    if (selector !== undefined) selectors[reference.name] = selector;
  }
  return selectors;
}

async function foreignOf(cluster: Cluster, name: ApplicationName | ""): Promise<Foreign> {
  const application = name === "" ? undefined : await cluster.get<Application>(applicationReference(name));
  if (application === undefined) return nothingForeign;
  const { automated = {}, syncOptions = [] } = application.spec.syncPolicy ?? {};
  const patches = patchesOf(application).filter(({ patch }) => !patch.startsWith(ownPatch));
  return { patches, syncOptions, automated };
}

/** Stops the Application from putting objects back. */
async function pauseApplication(
  cluster: Cluster,
  name: ApplicationName,
  objects: readonly ObjectReference[],
): Promise<void> {
  const reference = applicationReference(name);
  const application = await cluster.get<Application>(reference);
  if (application === undefined) return;
  if ((application.spec.sources ?? []).length > 0) {
    throw new Error(
      `${describe(reference)} has several sources (spec.sources), expected the one in spec.source: ` +
        "make it one source, or give another name with pulumi config set mesh-six:argocdApplication",
    );
  }
  if (!objects.every((object) => takesOut(application, object))) {
    await pause(cluster, reference, application.spec.syncPolicy?.automated !== undefined);
  }
}

function sorted(objects: readonly ObjectReference[]): string[] {
  return objects
    .map(({ apiVersion, kind, namespace, name }) => [apiVersion, kind, namespace, name].join(" "))
    .sort();
}
