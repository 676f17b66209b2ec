import type { Manifest } from "../../doctor/cluster/overlay.ts";

/** Services that come with or go from the overlay, as in `Deployment orchestrator`. */
export interface ServiceChanges {
  readonly comes: readonly string[];
  readonly goes: readonly string[];
}

/** The workloads in one list of objects and not in the other. */
export function servicesBetween(old: readonly Manifest[], next: readonly Manifest[]): ServiceChanges {
  const names = (objects: readonly Manifest[]) =>
    new Set(
      objects
        .filter(({ kind }) => ["Deployment", "StatefulSet", "DaemonSet", "CronJob"].includes(kind))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    );
  const [before, after] = [names(old), names(next)];
  return {
    comes: [...after].filter((name) => !before.has(name)).sort(),
    goes: [...before].filter((name) => !after.has(name)).sort(),
  };
}
