import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import {
  applicationReference,
  trackedReference,
  type Application,
  type ApplicationName,
} from "../../lib/argocd/application.ts";
import { stopCascade } from "../../lib/argocd/finalizers.ts";
import { release } from "../../lib/argocd/marks.ts";
import { forgetPause } from "../../lib/argocd/paused.ts";
import { readTracking } from "../../lib/argocd/readTracking.ts";
import { withoutMarks, type Tracking } from "../../lib/argocd/tracking.ts";
import {
  connect,
  describe,
  type Cluster,
  type ClusterAccess,
  type ClusterObject,
  type ObjectReference,
} from "../../lib/kubernetes/cluster.ts";
import { ApiError, unlessPassing } from "../../lib/kubernetes/request.ts";
import { listed } from "../../lib/text/listed.ts";
import { describeUnready, unreadyObjects } from "../../lib/kubernetes/unready.ts";
import { sleepFor } from "../../lib/pulumi/cancellation.ts";
import { InitializationError } from "../../lib/pulumi/initializationError.ts";
import { isUnknown } from "../../lib/pulumi/unknown.ts";
import { condition, isCompared, isSettled, troublesOf } from "./condition.ts";

interface Inputs extends ClusterAccess {
  readonly application: ApplicationName;
  /** Hash of `spec.source` as declared. */
  readonly source: string;
  /** The objects that were taken out of the Application's source. */
  readonly objects: readonly ObjectReference[];
  /** Whether to wait until the Application is Synced and Healthy. */
  readonly wait: boolean;
  readonly waitMinutes: number;
}

/** The time limit of ArgoCD's comparison with a changed source, where nothing else is waited for; milliseconds. */
const patience = 60_000;

/** How long it may take where nobody waits, and only what is wrong with the source is told; milliseconds. */
const glances = 15_000;

/** Hash of no source: what was created has not been waited for to the end. */
const unfinished = "";

/** There is something to wait for when the source changed, or when nobody waited before. */
export function diff(_id: string, olds: Inputs, news: Inputs): Promise<pulumi.dynamic.DiffResult> {
  const same = isDeepStrictEqual([olds.application, olds.source], [news.application, news.source]);
  return Promise.resolve({ changes: isUnknown(news) || !same || (news.wait && !olds.wait) });
}

export async function create(inputs: Inputs): Promise<pulumi.dynamic.CreateResult<Inputs>> {
  const id = `${inputs.application.namespace}/${inputs.application.name}`;
  try {
    await settle(inputs);
  } catch (error) {
    // In the state all the same: its deletion keeps that of the Application from cascading. The next run waits again.
    throw new InitializationError(error, { id, properties: { ...inputs, source: unfinished } });
  }
  return { id, outs: inputs };
}

export async function update(
  _id: string,
  olds: Inputs,
  news: Inputs,
): Promise<pulumi.dynamic.UpdateResult<Inputs>> {
  // Under another name or in another namespace it is another Application, and the engine deletes the old one.
  if (!isDeepStrictEqual(olds.application, news.application)) await letGo(news, olds.application);
  await settle(news);
  return { outs: news };
}

/** The Application is deleted next, after whatever depends on it: without what it deployed. */
async function remove(_id: string, olds: Inputs): Promise<void> {
  await letGo(olds, olds.application);
}
export { remove as delete };

/** Takes off the Application by what ArgoCD would delete its objects with it, and tells what stays. */
async function letGo(access: ClusterAccess, name: ApplicationName): Promise<void> {
  const application = await stopCascade(await connect(access), name);
  if (application === undefined) return;
  const all = (application.status?.resources ?? []).map(
    ({ kind, namespace, name: own }) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${own}`,
  );
  await say(
    "info",
    `${describe(applicationReference(name))} goes without what ArgoCD deployed by it; these stay, in nobody's care: ${listed(all) || "nothing it tells of"}`,
  );
}

async function settle(inputs: Inputs): Promise<void> {
  const cluster = await connect(inputs);
  await forgetPause(cluster, inputs.application);
  const tracking = await readTracking(cluster, inputs.application.namespace);
  const marked = await stillTracked(cluster, inputs, tracking);
  if (marked.length > 0) {
    // As long as ArgoCD renders the old source, it would put the marks back.
    const compared = await until(cluster, inputs, patience, isCompared);
    if (compared === undefined)
      for (const [reference, object] of marked)
        await release(cluster, reference, object, inputs.application, tracking);
    else
      await say(
        "warn",
        `${compared}; ArgoCD's marks stay on ${marked.map(([object]) => describe(object)).join(", ")} until the next pulumi up --refresh`,
      );
  }
  if (!inputs.wait) return glance(cluster, inputs);
  const problem = await until(cluster, inputs, inputs.waitMinutes * 60_000, isSettled);
  if (problem !== undefined) throw new Error(problem);
}

/**
 * Warns where nobody waits and ArgoCD cannot render today's source: then it deploys nothing any more. An Application that
 * it has not looked at yet is left to it.
 */
async function glance(cluster: Cluster, inputs: Inputs): Promise<void> {
  const reference = applicationReference(inputs.application);
  const now = async () => {
    const application = await unlessPassing(cluster.get<Application>(reference));
    return application instanceof ApiError ? undefined : application;
  };
  if ((await now())?.status?.sync === undefined) return;
  const late = await until(cluster, inputs, glances, isCompared);
  const application = late === undefined ? await now() : undefined;
  const troubles = application === undefined ? [] : troublesOf(application);
  if (troubles.length === 0) return;
  await say(
    "warn",
    `${describe(reference)}: ArgoCD deploys nothing of it until this is mended: ${troubles.join(", ").replaceAll("\n", " ")}`,
  );
}

async function stillTracked(
  cluster: Cluster,
  { objects, application }: Inputs,
  tracking: Tracking,
): Promise<[ObjectReference, ClusterObject][]> {
  const found: [ObjectReference, ClusterObject][] = [];
  for (const reference of objects) {
    const object = await cluster.get(reference);
    if (object !== undefined && withoutMarks(object, application, tracking) !== undefined)
      found.push([reference, object]);
  }
  return found;
}

/**
 * Watches the Application until a condition holds, and tells how it is each time that changes.
 *
 * @returns what was wrong when the time was over
 */
async function until(
  cluster: Cluster,
  inputs: Inputs,
  limit: number,
  holds: (application: Application) => boolean,
): Promise<string | undefined> {
  const reference = applicationReference(inputs.application);
  const deadline = Date.now() + limit;
  const unready = new UnreadyReader(cluster);
  let told = "";
  for (;;) {
    const application = await unlessPassing(cluster.get<Application>(reference));
    if (application === undefined) throw new Error(`${describe(reference)} is gone: run pulumi up --refresh`);
    if (!(application instanceof ApiError) && holds(application)) return undefined;
    const now =
      application instanceof ApiError
        ? application.message
        : [condition(application), ...(await unready.of(application))].join(", ");
    if (Date.now() > deadline) {
      return (
        `${describe(reference)}: expected Synced and Healthy within ${String(limit / 60_000)} min, got ${now}; ` +
        `see kubectl -n ${reference.namespace} describe application ${reference.name}, then run pulumi up again`
      );
    }
    if (now !== told) await say("info", `${describe(reference)}: ${now}`);
    told = now;
    await sleepFor(`ArgoCD and ${describe(reference)}`, 1_000);
  }
}

/**
 * The Application's objects that are not ready, read from the cluster: since ArgoCD 3 the Application itself says
 * nothing about the health of its objects.
 */
class UnreadyReader {
  readonly #cluster: Cluster;
  #found: readonly string[] = [];
  #readAt = -Infinity;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** At most every few seconds again; nothing where the Application is healthy or its status is an old one. */
  async of(application: Application): Promise<readonly string[]> {
    const { status } = application;
    if (status?.health?.status === "Healthy" || !isCompared(application)) return [];
    if (Date.now() - this.#readAt < 5_000) return this.#found;
    this.#readAt = Date.now();
    const references = (status?.resources ?? []).map(trackedReference);
    // An account that must not read them is no reason to stop waiting.
    const unready = await unreadyObjects(this.#cluster, references).catch(() => []);
    this.#found = unready.map(describeUnready);
    return this.#found;
  }
}

/** Pulumi's log; without an engine, as in tests, it drops the line. */
async function say(level: "info" | "warn", line: string): Promise<void> {
  await (level === "info" ? pulumi.log.info(line) : pulumi.log.warn(line)).catch(() => undefined);
}
