import { setTimeout as sleep } from "node:timers/promises";
import {
  applicationReference,
  type Application,
  type ApplicationName,
} from "../../../lib/argocd/application.ts";
import type { Cluster, ClusterObject, ObjectReference } from "../../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import { unreadyObjects } from "../../../lib/kubernetes/unready.ts";
import type { Release } from "../../../settings/release.ts";

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly { readonly image: string }[];
    readonly initContainers?: readonly { readonly image: string }[];
  };
}

interface Workload extends ClusterObject {
  readonly spec: {
    readonly template?: PodTemplate;
    /** The Pods of a CronJob. */
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  };
}

/** Kinds that run Pods, by the version of their API. */
const kinds: readonly (readonly [string, string])[] = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["batch/v1", "CronJob"],
];

/** A service that is not yet as the release says, and why. */
export interface Lagging {
  /** As in `Deployment orchestrator`. */
  readonly service: string;
  readonly expected: string;
  readonly got: string;
}

/** The place of a release. */
export interface ReleasePlace {
  readonly namespace: string;
  /** Prefix of the application's images. */
  readonly prefix: string;
  /** Undefined where the release does not reach ArgoCD by this program. */
  readonly application: ApplicationName | undefined;
}

/**
 * The parts that do not yet run the release: the Application at another commit, and services of the namespace that
 * run an image of the release, and do not yet run it at its digest, all Pods ready.
 */
export async function lagging(cluster: Cluster, place: ReleasePlace, release: Release): Promise<Lagging[]> {
  const { namespace, prefix, application } = place;
  const found = application === undefined ? [] : await behind(cluster, application, release);
  const right: ObjectReference[] = [];
  for (const [apiVersion, kind] of kinds) {
    for (const workload of await cluster.list<Workload>({ apiVersion, kind, namespace })) {
      const { name = "" } = workload.metadata;
      const images = imagesOf(workload, prefix).filter((image) => release.images[image.name] !== undefined);
      if (images.length === 0) continue;
      const wrong = images.find((image) => release.images[image.name] !== image.reference);
      // A CronJob's Pods come with its next run.
      if (wrong === undefined && kind !== "CronJob") right.push({ apiVersion, kind, namespace, name });
      if (wrong !== undefined)
        found.push({
          service: `${kind} ${name}`,
          expected: release.images[wrong.name] ?? "",
          got: wrong.reference,
        });
    }
  }
  for (const { reference, reasons } of await unreadyObjects(cluster, right))
    found.push({
      service: `${reference.kind} ${reference.name}`,
      expected: "every Pod ready",
      got: reasons.join("; ") || "Pods that are not ready",
    });
  return found;
}

/** The Application, while ArgoCD has not compared and synced with the release's commit. */
async function behind(cluster: Cluster, name: ApplicationName, { commit }: Release): Promise<Lagging[]> {
  if (commit === undefined) return [];
  const application = await cluster.get<Application>(applicationReference(name));
  const { revision, status } = application?.status?.sync ?? {};
  if (revision === commit && status === "Synced") return [];
  const got = revision === undefined ? "no status" : `${revision.slice(0, 12)}, ${status ?? "Unknown"}`;
  const service = `Application ${name.name}`;
  return [{ service, expected: `${commit.slice(0, 12)}, Synced`, got }];
}

/**
 * Waits until every service runs the release. A cluster that gives no answer for a while hangs as a service does.
 *
 * @param progress - gets a line each time that what hangs changes
 * @returns what still hangs when the time is over
 */
export async function untilRolled(
  look: () => Promise<readonly Lagging[]>,
  minutes: number,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly Lagging[]> {
  const deadline = Date.now() + minutes * 60_000;
  let told = "";
  for (;;) {
    const left = await look().catch(unanswered);
    if (left.length === 0 || Date.now() > deadline) return left;
    const line = left.map(({ service, got }) => `${service} (${got})`).join(", ");
    if (line !== told) progress(`waiting for ${line}`);
    told = line;
    await sleep(1_000, undefined, { signal });
  }
}

/** @throws what is no failed request */
function unanswered(error: unknown): readonly Lagging[] {
  if (!(error instanceof ApiError)) throw error;
  return [{ service: "the cluster", expected: "an answer", got: error.message }];
}

/** The application's images that a workload runs, each with its digest or tag. */
function imagesOf(workload: Workload, prefix: string): { name: string; reference: string }[] {
  const { template = workload.spec.jobTemplate?.spec.template } = workload.spec;
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  return [...containers, ...initContainers].flatMap(({ image }) => {
    // As in `orchestrator@sha256:…`, `orchestrator:latest` or with both, of which the digest counts.
    const [, name, tag, digest] = image.startsWith(`${prefix}-`)
      ? (/^([a-z0-9-]+)(?::([^@]*))?(?:@(.*))?$/.exec(image.slice(prefix.length + 1)) ?? [])
      : [];
    const reference = digest ?? tag;
    return name === undefined ? [] : [{ name, reference: reference ?? "latest" }];
  });
}
