import { withClient } from "../../lib/postgres/postgres.ts";
import { planUpkeep } from "./runUpkeep.ts";

/**
 * For how many days from now events have a partition, without a gap: what an alarm watches. It is counted in
 * partitions with bounds; a default partition takes events too, yet only until the upkeep has to move them.
 *
 * @returns days, whole ones; 0 where an event of now has no partition, Infinity behind an open end or beyond 9999
 */
export async function daysAhead(url: string): Promise<number> {
  const settings = { monthsAhead: 0, oldPartitions: "keep", timeZone: "UTC" } as const;
  const session = { applicationName: "mesh-six event log coverage", readOnly: true, retryFor: 5_000 };
  const { coveredUntil } = await withClient(url, session, (client) => planUpkeep(client, settings));
  if (coveredUntil === null) return 0;
  const until = Date.parse(coveredUntil);
  // Infinity, or a year of more than four digits.
  return Number.isNaN(until) ? Infinity : Math.floor((until - Date.now()) / 86_400_000);
}
