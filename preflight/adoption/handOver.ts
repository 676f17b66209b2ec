import type { Cluster, ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { throughConflicts } from "../../lib/kubernetes/conflicts.ts";
import { managersOf } from "../../lib/kubernetes/fieldSet.ts";
import { withWritesApplied } from "../../lib/kubernetes/managers.ts";
import type { AnyObject } from "./objectDeclaration.ts";

/** Controllers change an object a few times after it was replaced. */
const attempts = 10;

/**
 * Gives the fields of a replacement to the plugin's apply. The plugin does that itself before it applies, but only once:
 * a controller that changes the object at that moment would make the update fail.
 */
export async function handToApply(cluster: Cluster, reference: ObjectReference): Promise<void> {
  await throughConflicts(attempts, async () => {
    const live = await cluster.get<AnyObject>(reference);
    const managedFields = live === undefined ? undefined : withWritesApplied(managersOf(live));
    if (live === undefined || managedFields === undefined) return;
    const { resourceVersion } = live.metadata;
    await cluster.merge(reference, { metadata: { managedFields, resourceVersion } });
  });
}
