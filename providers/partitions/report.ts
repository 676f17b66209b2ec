import type { Plan, Step } from "./runUpkeep.ts";

/** Kind of a report of what becomes of the event log's partitions (lib/pulumi/report.ts): an UpkeepReport. */
export const upkeepKind = "upkeep";

/** The next update's effect on partitions: for people and programs, and all that a preview shows of it. */
export interface UpkeepReport {
  readonly steps: readonly Pick<Step, "action" | "partition" | "note">[];
  /** The parts that the plan could not see, in words. */
  readonly notices: readonly string[];
}

export function reportOf({ steps, notices }: Plan): UpkeepReport {
  return { steps: steps.map(({ action, partition, note }) => ({ action, partition, note })), notices };
}

/** The same for a person, a line each. */
export function linesOf({ steps, notices }: UpkeepReport): string[] {
  return [...notices, ...steps.map(describeStep)];
}

/** As in `detach mesh_six_events_2026_01 (ends 2026-02-01)`. */
export function describeStep({ action, partition, note }: UpkeepReport["steps"][number]): string {
  return `${action} ${partition}${note && ` (${note})`}`;
}
