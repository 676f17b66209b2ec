import type { Cluster, ClusterObject, ObjectReference } from "../kubernetes/cluster.ts";
import type { ApplicationName } from "./application.ts";
import { leftAlone } from "./leaveAlone.ts";
import { withoutMarks, type Tracking } from "./tracking.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Makes the object nobody's: ArgoCD's marks come off, and it is told to leave the object alone should a sync put
 * the marks back. kubectl's copy of what it applied comes off too: of a Secret it is the content in plain
 * sight, and it would make a later `kubectl apply` remove fields of the new owner.
 *
 * @param application - whose marks come off; undefined for none
 */
export async function release(
  cluster: Cluster,
  reference: ObjectReference,
  object: ClusterObject,
  application: ApplicationName | undefined,
  tracking: Tracking,
): Promise<void> {
  const { annotations = {} } = object.metadata;
  const marks = application && withoutMarks(object, application, tracking);
  if (marks === undefined && annotations[lastApplied] === undefined) return;
  await cluster.merge(reference, {
    metadata: {
      annotations: {
        ...(annotations[lastApplied] === undefined ? {} : { [lastApplied]: null }),
        ...(marks === undefined ? {} : { ...marks.annotations, ...leftAlone(annotations) }),
      },
      ...(marks === undefined || Object.keys(marks.labels).length === 0 ? {} : { labels: marks.labels }),
    },
  });
}
