import {
  trackedReference,
  type Application,
  type Named,
  type ResourceStatus,
} from "../../lib/argocd/application.ts";
import { isPruned } from "../../lib/argocd/leaveAlone.ts";
import { automatedOf } from "../../lib/argocd/paused.ts";
import { withoutMarks, type Tracking } from "../../lib/argocd/tracking.ts";
import type { Cluster, ClusterObject } from "../../lib/kubernetes/cluster.ts";
import { unlessForbidden } from "../../lib/kubernetes/request.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { titleOf, type Wanted } from "./seen.ts";

/** ArgoCD's own cluster, in which its Applications are. */
const here: readonly (string | undefined)[] = ["in-cluster", "https://kubernetes.default.svc"];

/** Objects that are looked at to tell the cluster: one of them is enough. */
const looks = 20;

/**
 * Whether ArgoCD deploys by the Application to another cluster. Its own can have further names and addresses; so the
 * marks tell: none of what the Application tracks bears them here.
 */
export async function isElsewhere(
  cluster: Pick<Cluster, "get">,
  application: Application,
  tracking: Tracking,
): Promise<boolean> {
  const { destination: { name, server } = {} } = application.spec;
  if (here.includes(name ?? server?.replace(/(:443)?\/*$/, ""))) return false;
  const { namespace = "", name: own = "" } = application.metadata;
  const tracked = (application.status?.resources ?? []).slice(-looks);
  const isHere = await Promise.all(
    tracked.map(async (one) => {
      const object = await readTracked(cluster, one);
      // An account that must not read it cannot tell.
      if (object === "forbidden") return true;
      const isUnread = tracking.namespace === "";
      const marks = object && withoutMarks(object, { namespace, name: own }, tracking);
      return marks !== undefined || (isUnread && object !== undefined);
    }),
  );
  return tracked.length > 0 && !isHere.includes(true);
}

/**
 * Objects that left the Application's source and are there still, since it does not prune: besides those that the program
 * declares and those that say for themselves that they stay.
 */
export async function leftOverOf(
  cluster: Pick<Cluster, "get">,
  application: Application,
  wanted: Wanted,
): Promise<readonly Named[]> {
  if (automatedOf(application)?.["prune"] === true || isSwitchedOff(application)) return [];
  const left = othersOf(application, wanted).filter(({ requiresPruning }) => requiresPruning === true);
  const goes = await Promise.all(
    left.map(async (one) => {
      const object = await readTracked(cluster, one);
      return object === "forbidden" || (object !== undefined && isPruned(object.metadata.annotations));
    }),
  );
  return left.filter((_, index) => goes[index]);
}

function readTracked(
  cluster: Pick<Cluster, "get">,
  one: ResourceStatus,
): Promise<ClusterObject | "forbidden" | undefined> {
  return unlessForbidden(cluster.get(trackedReference(one)), "forbidden" as const);
}

/**
 * News of an Application that is synced by hand, or does not heal, and whose objects differ from its source.
 */
export function syncedFromNowOn(application: Application, wanted: Wanted): Problem[] {
  const isHealing = automatedOf(application)?.["selfHeal"] === true;
  if (isHealing || isSwitchedOff(application) || wanted.patchesBy === "parent") return [];
  const differing = othersOf(application, wanted).filter(
    ({ status, requiresPruning }) => status === "OutOfSync" && requiresPruning !== true,
  );
  if (differing.length === 0) return [];
  const names = differing.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return [
    {
      said: `Application ${titleOf(application)} lets objects differ from its source so far, and not from now on: what people changed in these is lost: ${names}`,
      remedy: "put what is to stay into its source, or sync it by hand before",
    },
  ];
}

/** Automated sync that is switched off stays so when the Application is taken over. */
function isSwitchedOff(application: Application): boolean {
  return automatedOf(application)?.["enabled"] === false;
}

/** The tracked objects that stay ArgoCD's. */
function othersOf({ status }: Application, { declared }: Wanted) {
  return (status?.resources ?? []).filter(
    ({ kind, name }) =>
      kind !== "Namespace" && !declared.some((object) => object.kind === kind && object.name === name),
  );
}
