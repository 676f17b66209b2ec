import { daysAhead } from "../../providers/partitions/coverage.ts";
import { type Check, CheckFailure } from "../live/check.ts";
import { isReady } from "../live/cluster.ts";
import type { Answer } from "../live/services.ts";
import { type ComponentObject, componentTroubles } from "./judge/components.ts";
import { missingKinds } from "./judge/events.ts";
import { podTroubles } from "./judge/pods.ts";
import type { System } from "./system.ts";

/** Before all: every pod Running. */
export const pods = (system: System): Check => ({
  milestone: "Pods",
  expected: "every pod to be Running and ready",
  services: [],
  async look() {
    const [all, workloads] = await Promise.all([system.cluster.pods(), system.cluster.workloads()]);
    const { looked, troubles } = podTroubles(all, workloads);
    if (troubles.length === 0) return `${String(looked)} pods are Running and ready`;
    const services = all
      .filter((pod) => !isReady(pod) && pod.metadata?.labels?.["app"] !== undefined)
      .map(({ metadata }) => metadata?.labels?.["app"] ?? "");
    throw new CheckFailure(troubles.join("; "), { services: [...new Set(services)].slice(0, 3) });
  },
});

/** Row 8: what the program declares for Dapr is loaded by the sidecars, each as far as it may see it. */
export const components = (system: System, names: readonly string[]): Check => ({
  milestone: "Dapr",
  expected: "every sidecar to have loaded the components that the program declares for it",
  services: [],
  async look() {
    const [all, found, policies] = await Promise.all([
      system.cluster.pods(),
      system.cluster.daprObjects<ComponentObject>("components"),
      system.cluster.daprObjects<ComponentObject>("resiliencies"),
    ]);
    const has = (objects: readonly ComponentObject[], name: string) =>
      objects.some(({ metadata }) => metadata?.name === name);
    const gone = names.filter((name) => !has(found, name) && !has(policies, name));
    if (gone.length > 0)
      throw new CheckFailure(`not in the cluster: ${gone.join(", ")}; run pulumi up --refresh`);
    // A sidecar does not list its resiliency: that it is there is all that can be seen of it.
    const declared = found.filter(({ metadata }) => names.includes(metadata?.name ?? ""));
    const running = all.filter(
      (pod) => isReady(pod) && pod.metadata?.annotations?.["dapr.io/enabled"] === "true",
    );
    if (running.length === 0) throw new CheckFailure("no pod that is ready has a sidecar");
    /** Each fault, with its pods. */
    const troubles = new Map<string, string[]>();
    const apps = new Set<string>();
    const inTrouble = new Set<string>();
    for (const { metadata } of running) {
      system.signal.throwIfAborted();
      const pod = metadata?.name ?? "";
      const app = metadata?.annotations?.["dapr.io/app-id"] ?? metadata?.labels?.["app"] ?? "";
      apps.add(app);
      const wrong = await sidecar(system, pod).then(
        ({ json }) => componentTroubles(json, app, declared),
        (error: unknown) => [(error as Error).message],
      );
      if (wrong.length > 0) inTrouble.add(app);
      for (const what of wrong) troubles.set(what, [...(troubles.get(what) ?? []), pod]);
    }
    if (troubles.size > 0) {
      const lines = [...troubles].map(([what, pods]) => `${what} (${listed(pods)})`);
      throw new CheckFailure(lines.join("; "), { services: [...inTrouble].slice(0, 2) });
    }
    return `${String(declared.length)} components in ${String(running.length)} sidecars of ${String(apps.size)} apps`;
  },
});

/** A few pods by name, and how many more. */
function listed(pods: readonly string[]): string {
  const more = pods.length > 3 ? ` and ${String(pods.length - 3)} more` : "";
  return `pod ${pods.slice(0, 3).join(", ")}${more}`;
}

/** The sidecar listens on the pod's own loopback, which a port-forward reaches. */
async function sidecar(system: System, pod: string): Promise<Pick<Answer, "json">> {
  const { url, trouble } = await system.cluster.forward(pod, 3500);
  const begin = performance.now();
  try {
    const response = await fetch(`${url}/v1.0/metadata`, {
      signal: AbortSignal.any([system.signal, AbortSignal.timeout(15_000)]),
    });
    if (!response.ok) throw new Error(`it answered ${String(response.status)}`);
    return { json: await response.json() };
  } catch (cause) {
    const reason = trouble(begin) || (cause instanceof Error ? cause.message : String(cause));
    throw new Error(`its sidecar does not tell its metadata on port 3500: ${reason}`, { cause });
  }
}

/**
 * Row 20: the system writes its event log. Agents that have thought in this run have written of it, so that older
 * rows do not hide a log that has ended.
 */
export const eventLog = (system: System): Check => ({
  milestone: "Event log",
  expected: "rows of llm.call, llm.response and state.transition of the last 30 minutes",
  services: ["project-manager"],
  asks: [],
  async look() {
    const rows = await system.database.rows<{ event_type: string; count: number; own: number }>(
      `SELECT event_type, count(*)::int AS count,
         count(*) FILTER (WHERE timestamp >= $1 AND agent_id = ANY($2))::int AS own
       FROM mesh_six_events
       WHERE timestamp > now() - interval '30 minutes' AND timestamp <= now() + interval '1 minute'
       GROUP BY event_type ORDER BY event_type`,
      [system.begin, system.thinkers],
    );
    const shown =
      rows.map(({ event_type, count }) => `${event_type} ${String(count)}`).join(", ") || "no row";
    const missing = missingKinds(rows, system.thinkers.length > 0);
    if (missing.length > 0) {
      throw new CheckFailure(`${missing.join("; ")} in mesh_six_events; of the last 30 minutes: ${shown}`);
    }
    return shown;
  },
});

/** The event log goes on taking events: an alarm before its last partition ends. */
export const partitions = (system: System, days: number): Check => ({
  milestone: "Partitions",
  expected: `the event log to have partitions for at least ${String(days)} days`,
  services: [],
  async look() {
    const ahead = await daysAhead(system.database.url);
    if (ahead < days) {
      throw new CheckFailure(
        `partitions for ${String(ahead)} days; run pulumi up --refresh, and look at the CronJob of the upkeep in namespace ${system.cluster.namespace}`,
      );
    }
    return `partitions for ${String(ahead)} days`;
  },
});
