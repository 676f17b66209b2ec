import type { Cluster, ClusterObject, ObjectReference } from "../kubernetes/cluster.ts";
import type { ApplicationName } from "./application.ts";
import { leftAlone } from "./leaveAlone.ts";
import { withoutMarks, type Tracking } from "./tracking.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

type Entries = Readonly<Record<string, string | null>>;

/**
 * Metadata that makes the object nobody's: ArgoCD's marks come off, and annotations ask it to leave the object alone should a
 * sync put the marks back. kubectl's copy of what it applied comes off too: of a Secret it is the content in plain
 * sight, and it would make a later `kubectl apply` remove fields of the new owner. Null removes a field.
 *
 * @param application - whose marks come off; undefined for none
 * @returns undefined where there is nothing to change
 */
function releasing(
  object: ClusterObject,
  application: ApplicationName | undefined,
  tracking: Tracking,
): { readonly annotations: Entries; readonly labels: Entries } | undefined {
  const { annotations = {} } = object.metadata;
  const marks = application && withoutMarks(object, application, tracking);
  if (marks === undefined && annotations[lastApplied] === undefined) return undefined;
  return {
    annotations: {
      ...(annotations[lastApplied] === undefined ? {} : { [lastApplied]: null }),
      ...(marks === undefined ? {} : { ...marks.annotations, ...leftAlone(annotations) }),
    },
    labels: marks?.labels ?? {},
  };
}

/** Makes the object nobody's in the cluster. */
export async function release(
  cluster: Cluster,
  reference: ObjectReference,
  object: ClusterObject,
  application: ApplicationName | undefined,
  tracking: Tracking,
): Promise<void> {
  const change = releasing(object, application, tracking);
  if (change === undefined) return;
  const { annotations, labels } = change;
  await cluster.merge(reference, {
    metadata: { annotations, ...(Object.keys(labels).length === 0 ? {} : { labels }) },
  });
}

/** The object as {@link release} leaves it; nothing is written. */
export function released<T extends ClusterObject>(
  object: T,
  application: ApplicationName | undefined,
  tracking: Tracking,
): T {
  const change = releasing(object, application, tracking);
  if (change === undefined) return object;
  const { annotations, labels } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: merged(annotations, change.annotations),
      ...(labels === undefined ? {} : { labels: merged(labels, change.labels) }),
    },
  };
}

function merged(entries: Readonly<Record<string, string>> = {}, change: Entries): Record<string, string> {
  const all = Object.entries({ ...entries, ...change });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}
