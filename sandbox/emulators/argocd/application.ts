import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "./api.ts";
import {
  collectionsOf,
  compare,
  instanceOf,
  overall,
  resourceStatus,
  worst,
  type Application,
  type Compared,
  type OperationState,
  type Surroundings,
} from "./comparison.ts";
import { hasOption, isTracked, key } from "./objects.ts";

/** ArgoCD's default for `--self-heal-timeout-seconds`, in milliseconds. */
const healPause = 5_000;

/** After which a comparison that failed is tried again. */
const comparisonPause = 3_000;

/**
 * Compares the Application's source with the cluster, syncs where its policy says so, and returns the new
 * status, after how many milliseconds to look again where a sync has to wait, and whether there was one. Follows ArgoCD's application controller in what it applies, prunes and leaves alone.
 */
export async function reconcile(
  application: Application,
  surroundings: Surroundings,
): Promise<{ status: object; again?: number; operated?: boolean }> {
  const { spec } = application;
  const revision = surroundings.overlay.revision();
  const comparedTo = { source: spec.source, destination: spec.destination };
  let compared: Compared[];
  try {
    compared = await compare(application, surroundings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const condition = { type: "ComparisonError", message };
    const known = application.status?.conditions?.find((one) => one.message === message);
    const unknown = { status: "Unknown" };
    const { operationState } = application.status ?? {};
    return {
      status: {
        sync: { ...unknown, comparedTo, revision },
        health: unknown,
        conditions: [{ lastTransitionTime: now(), ...known, ...condition }],
        ...(operationState === undefined ? {} : { operationState }),
      },
      again: comparisonPause,
    };
  }

  let operationState = application.status?.operationState;
  const { operation } = application;
  // One at a time: a sync that is under way here was broken off.
  const isBroken = operationState?.phase === "Running";
  const due = operation === undefined && !isBroken ? syncDue(application, compared, revision) : 0;
  if (due === 0) {
    // A person's sync prunes where they say so; an automated one where the policy does.
    const prune = (operation?.sync ?? application.spec.syncPolicy?.automated)?.prune === true;
    operationState = await sync({ application, compared, revision, prune }, surroundings);
    compared = await compare(application, surroundings);
  }
  const status = {
    sync: { status: overall(compared), revision, comparedTo },
    health: worst(compared),
    resources: compared.map(resourceStatus),
    resourceHealthSource: "appTree",
    reconciledAt: now(),
    sourceType: "Kustomize",
    ...(operationState === undefined ? {} : { operationState }),
  };
  if (due === undefined) return { status };
  return due === 0 ? { status, operated: true } : { status, again: due };
}

/** Deletes what the Application tracks, as its finalizer asks when it is deleted. */
export async function deleteTracked(application: Application, surroundings: Surroundings): Promise<void> {
  const { api, overlay, log } = surroundings;
  const instance = await instanceOf(application, surroundings);
  const collections = await collectionsOf(application, await overlay.render(), api);
  // The objects in the Namespace go before the Namespace.
  for (const collection of collections.toSorted((a, b) => Number(b.namespaced) - Number(a.namespaced))) {
    for (const object of (await api.list(collection)).items) {
      if (
        !isTracked(object, instance) ||
        hasOption(object, "sync-options", "Delete=false") ||
        object.metadata.annotations?.["helm.sh/resource-policy"] === "keep"
      )
        continue;
      log(`delete ${key(object)}`);
      await api.delete(collection, object.metadata.name);
    }
  }
}

/**
 * In how many milliseconds to sync; undefined for not at all. ArgoCD tries a source once, and again only where
 * selfHeal is on for changes in the cluster, and then not at once.
 */
function syncDue(
  application: Application,
  compared: readonly Compared[],
  revision: string,
): number | undefined {
  const automated = application.spec.syncPolicy?.automated;
  if (automated === undefined || automated.enabled === false) return undefined;
  if (overall(compared) === "Synced") return undefined;
  const pending = compared.some(
    ({ desired, live, status }) =>
      status === "OutOfSync" &&
      (desired !== undefined || (automated.prune === true && live !== undefined && !keeps(live))),
  );
  if (!pending) return undefined;
  const { syncResult: last, finishedAt } = application.status?.operationState ?? {};
  const tried = last?.revision === revision && isDeepStrictEqual(last.source, application.spec.source);
  if (!tried) return 0;
  if (automated.selfHeal !== true) return undefined;
  return Math.max(0, Date.parse(finishedAt ?? "") + healPause - Date.now());
}

function keeps(live: KubernetesObject): boolean {
  return hasOption(live, "sync-options", "Prune=false");
}

interface Sync {
  readonly application: Application;
  readonly compared: readonly Compared[];
  readonly revision: string;
  readonly prune: boolean;
}

async function sync(
  { application, compared, revision, prune }: Sync,
  { api, log }: Surroundings,
): Promise<OperationState> {
  const startedAt = now();
  const { initiatedBy = { automated: true } } = application.operation ?? {};
  const operation = { sync: { revision, prune }, initiatedBy };
  const applications = await api.collection(
    application.apiVersion,
    application.kind,
    application.metadata.namespace ?? "",
  );
  const running = { phase: "Running" as const, message: "syncing", startedAt, operation };
  if (applications !== undefined) {
    const value = { ...application.status, operationState: running };
    await api.patch(applications, application.metadata.name, [{ op: "add", path: "/status", value }]);
  }

  const failures: string[] = [];
  const attempt = async (what: string, act: () => Promise<void>) => {
    try {
      await act();
      log(what);
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  // The Namespace before what lies in it; deletions last.
  const changed = compared.filter(({ status }) => status === "OutOfSync");
  const namespaceFirst = [...changed].sort(
    (a, b) => Number(a.collection.namespaced) - Number(b.collection.namespaced),
  );
  for (const { desired, collection, key: name } of namespaceFirst) {
    if (desired !== undefined) await attempt(`apply ${name}`, () => api.apply(collection, desired));
  }
  for (const { desired, live, collection, key: name } of changed) {
    if (desired !== undefined || live === undefined || !prune) continue;
    if (keeps(live)) log(`ignored (no prune) ${name}`);
    else await attempt(`prune ${name}`, () => api.delete(collection, live.metadata.name));
  }
  const result = {
    startedAt,
    finishedAt: now(),
    operation,
    syncResult: { revision, source: application.spec.source },
  };
  return failures.length === 0
    ? { ...result, phase: "Succeeded", message: "successfully synced (all tasks run)" }
    : { ...result, phase: "Failed", message: failures.join("; ") };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
