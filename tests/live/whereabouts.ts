import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster } from "./cluster.ts";
import { brief } from "./values.ts";

const lines = 4;

/** Each service's pods with their state and last lines: where a person would look first. */
export async function whereabouts(cluster: Cluster, services: readonly string[]): Promise<readonly string[]> {
  const all = await Promise.all(services.map((service) => one(cluster, service)));
  return all.flat();
}

async function one(cluster: Cluster, service: string): Promise<readonly string[]> {
  const { pods } = await cluster.podsOf(service);
  if (pods.length === 0) return [`no pod of ${service} in namespace ${cluster.namespace}`];
  const described = await Promise.all(
    pods.slice(0, 3).map(async (pod) => {
      const name = pod.metadata?.name ?? "";
      const look = `kubectl logs -n ${cluster.namespace} ${name}`;
      const log = await cluster.log(pod, lines).catch((error: unknown) => error as Error);
      if (log instanceof Error) {
        return [`pod ${name} (${state(pod)}): its log cannot be read: ${brief(log.message)}`];
      }
      if (log.length === 0) return [`pod ${name} (${state(pod)}): its log is empty`];
      return [`pod ${name} (${state(pod)}), ${look}:`, ...log.map((line) => `| ${line.slice(0, 300)}`)];
    }),
  );
  return described.flat();
}

/** "Running", or what keeps it from that: "Running, simple-agent: CrashLoopBackOff". */
export function state({ status, metadata }: V1Pod): string {
  const troubles = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .filter(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0)
    .map(
      ({ name, state }) => `${name}: ${state?.waiting?.reason ?? state?.terminated?.reason ?? "not ready"}`,
    );
  const pending = status?.conditions?.find(
    ({ type, status: is }) => type === "PodScheduled" && is === "False",
  );
  const going = metadata?.deletionTimestamp === undefined ? [] : ["being deleted"];
  return [
    status?.phase ?? "unknown",
    ...(status?.reason ? [status.reason] : []),
    ...troubles,
    ...(pending?.message ? [pending.message] : []),
    ...going,
  ].join(", ");
}
