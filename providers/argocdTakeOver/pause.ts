import { type Application, isRetried } from "../../lib/argocd/application.ts";
import { keeping } from "../../lib/argocd/paused.ts";
import { ApiError, unlessPassing } from "../../lib/kubernetes/request.ts";
import { sleepFor } from "../../lib/pulumi/cancellation.ts";
import { describe, type Cluster, type ObjectReference } from "../../lib/kubernetes/cluster.ts";

const refresh = "argocd.argoproj.io/refresh";

/** The time limit of the wait, in milliseconds. */
const limit = 120_000;

/**
 * Takes automated sync off the Application and waits until ArgoCD has seen it and does nothing more, so that
 * objects can change hands without being put back. It comes back with the Application's declaration. An automated sync
 * that fails and is tried again is ended as `argocd app terminate-op` does: its next try would put back the same.
 *
 * @param isKnown - whether the stack's state holds what automated sync was; else the Application keeps it meanwhile
 * @throws where ArgoCD is still syncing after two minutes, or the API server does not answer for as long
 */
export async function pause(
  cluster: Cluster,
  reference: ObjectReference,
  { spec }: Application,
  isKnown: boolean,
): Promise<void> {
  const { automated } = spec.syncPolicy ?? {};
  const kept = automated === undefined || isKnown ? {} : keeping(automated);
  await cluster.merge(reference, {
    metadata: { annotations: { [refresh]: "normal", ...kept } },
    ...(automated === undefined ? {} : { spec: { syncPolicy: { automated: null } } }),
  });
  const started = Date.now();
  let answered = started;
  const what = `ArgoCD to stop syncing ${describe(reference)}`;
  for (;;) {
    const application = await unlessPassing(cluster.get<Application>(reference));
    if (application === undefined) return;
    const waited = Date.now() - started;
    if (application instanceof ApiError) {
      if (waited > limit) throw application;
      // ArgoCD has no answers either.
      answered = Date.now();
      await sleepFor(what, 250);
      continue;
    }
    const state = application.status?.operationState;
    const syncing =
      application.operation !== undefined || ["Running", "Terminating"].includes(state?.phase ?? "");
    // A removed annotation shows that ArgoCD has seen the Application without automated sync. Where it stays, no
    // ArgoCD is running, and none can interfere.
    const seen = application.metadata.annotations?.[refresh] === undefined || Date.now() - answered > 20_000;
    if (seen && !syncing) return;
    if (isRetried(state) && state?.operation?.initiatedBy?.automated === true)
      await unlessPassing(cluster.merge(reference, { status: { operationState: { phase: "Terminating" } } }));
    if (waited > limit) {
      throw new Error(
        `ArgoCD is still syncing ${describe(reference)} after two minutes, and would put back what is taken over: ` +
          "wait for it or end it (argocd app terminate-op), then run pulumi up again",
      );
    }
    await sleepFor(what, 250);
  }
}
