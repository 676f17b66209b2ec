import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import {
  connect,
  describe,
  type Cluster,
  type ClusterAccess,
  type ClusterObject,
  type ObjectReference,
} from "../kubernetes.ts";
import { isUnknown } from "../unknown.ts";
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

/** What was found at the take-over and has to stay as it is. */
interface Outputs extends Inputs {
  /** Pod selectors of the Deployments, which cannot be changed, by name. */
  readonly selectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What others wrote into lists of the Application that the declaration replaces as a whole. */
  readonly foreign: Foreign;
}

export interface Foreign {
  readonly patches: readonly KustomizePatch[];
  readonly syncOptions: readonly string[];
  readonly automated: Readonly<Record<string, unknown>>;
}

const nothingForeign: Foreign = { patches: [], syncOptions: [], automated: {} };

/** Only another set of objects, or an Application that was not looked at, is something to take over. */
export function diff(_id: string, olds: Outputs, news: Inputs): Promise<pulumi.dynamic.DiffResult> {
  const same = isDeepStrictEqual(sorted(olds.objects), sorted(news.objects));
  return Promise.resolve({ changes: isUnknown(news.objects) || !same || isNew(olds, news) });
}

/** Before the first word to adopt, nobody looked at what exists. */
function isNew(olds: Outputs, news: Inputs): boolean {
  return (news.adopt && !olds.adopt) || !isDeepStrictEqual(olds.application, news.application);
}

export async function create(inputs: Inputs): Promise<pulumi.dynamic.CreateResult<Outputs>> {
  return { id: "take-over", outs: await takeOver(inputs) };
}

export async function update(
  _id: string,
  olds: Outputs,
  news: Inputs,
): Promise<pulumi.dynamic.UpdateResult<Outputs>> {
  const now = await takeOver(news);
  return {
    outs: {
      ...now,
      selectors: { ...now.selectors, ...olds.selectors },
      // After the first time, what is in the lists is this program's own.
      foreign: isNew(olds, news) ? now.foreign : olds.foreign,
    },
  };
}

async function takeOver(inputs: Inputs): Promise<Outputs> {
  const found: Outputs = { ...inputs, selectors: {}, foreign: nothingForeign };
  if (!inputs.adopt) return found;
  const cluster = await connect(inputs);
  const named = inputs.application === "" ? undefined : inputs.application;
  const foreign =
    named === undefined ? nothingForeign : await takeOverApplication(cluster, named, inputs.objects);

  const selectors: Record<string, Readonly<Record<string, string>>> = {};
  for (const reference of inputs.objects) {
    const object = await cluster.get<Deployment>(reference);
    if (object === undefined) continue;
    const selector = reference.kind === "Deployment" ? object.spec?.selector?.matchLabels : undefined;
    if (selector !== undefined) selectors[reference.name] = selector;
    await release(cluster, reference, object, named?.name);
  }
  return { ...found, selectors, foreign };
}

interface Deployment extends ClusterObject {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
}

/** Stops the Application from putting objects back, and notes what others wrote into it. */
async function takeOverApplication(
  cluster: Cluster,
  name: ApplicationName,
  objects: readonly ObjectReference[],
): Promise<Foreign> {
  const reference = applicationReference(name);
  const application = await cluster.get<Application>(reference);
  if (application === undefined) return nothingForeign;
  if ((application.spec.sources ?? []).length > 0) {
    throw new Error(
      `${describe(reference)} has several sources (spec.sources), expected the one in spec.source: ` +
        "make it one source, or give another name with pulumi config set mesh-six:argocdApplication",
    );
  }
  const automated = application.spec.syncPolicy?.automated;
  if (!objects.every((object) => takesOut(application, object))) {
    await pause(cluster, reference, automated !== undefined);
  }
  return {
    patches: patchesOf(application).filter(({ patch }) => !patch.startsWith(ownPatch)),
    syncOptions: application.spec.syncPolicy?.syncOptions ?? [],
    automated: automated ?? {},
  };
}

function sorted(objects: readonly ObjectReference[]): string[] {
  return objects
    .map(({ apiVersion, kind, namespace, name }) => [apiVersion, kind, namespace, name].join(" "))
    .sort();
}
