import * as pulumi from "@pulumi/pulumi";
import { LateBoundResource } from "../shell.ts";

export interface EventPartitionsArgs {
  /** URL of the database, of a role that owns `mesh_six_events`; encrypted in the state. */
  readonly url: pulumi.Input<string>;
  /** Months kept ready after the current one, 1 to 1200. */
  readonly monthsAhead: pulumi.Input<number>;
  /** Full months kept before the current one; older partitions leave the log. @default all stay */
  readonly keepMonths?: pulumi.Input<number> | undefined;
  /** Treatment of older ones: `keep` detaches them, `drop` detaches and drops them. */
  readonly oldPartitions: pulumi.Input<"keep" | "drop">;
  /** The zone whose midnight begins a month: an IANA name. */
  readonly timeZone: pulumi.Input<string>;
}

/**
 * The monthly partitions of the event log `mesh_six_events`, kept ahead of today.
 *
 * Deleting the resource leaves every partition where it is.
 */
export class EventPartitions extends LateBoundResource {
  /** Bounds of the partitions by name. */
  declare readonly partitions: pulumi.Output<Record<string, string>>;
  /** Up to when, from now on and without a gap, events have a partition, ISO 8601. */
  declare readonly coveredUntil: pulumi.Output<string>;

  constructor(name: string, args: EventPartitionsArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "partitions",
      "EventPartitions",
      name,
      { ...args, preview: pulumi.runtime.isDryRun(), partitions: undefined, coveredUntil: undefined },
      ["url"],
      options,
    );
  }
}
