import { readFileSync } from "node:fs";

/** The range of the event log's partitions, and the treatment of the old ones. */
export interface UpkeepSettings {
  /** Months kept ready after the current one. */
  readonly monthsAhead: number;
  /** Full months kept before the current one; older partitions leave the log. @default all stay */
  readonly keepMonths?: number;
  /** Treatment of older ones: `keep` detaches them, `drop` detaches and drops them. */
  readonly oldPartitions: "keep" | "drop";
  /** The zone whose midnight begins a month: an IANA name. */
  readonly timeZone: string;
}

/** Takes the session lock of the upkeep, or fails with who holds it. One statement, outside a transaction. */
export const lock = readFileSync(new URL("upkeepLock.sql", import.meta.url), "utf8");

/** Leaves the plan in the setting `mesh_six.plan` and answers with its statements, one a row; no semicolon at the end. */
export const plan = readFileSync(new URL("upkeepPlan.sql", import.meta.url), "utf8").trimEnd();

/**
 * The statements that bound the session: it waits shortly for a lock that a reader or writer of the log holds, and as
 * long as it takes for rows to be moved, whatever the role or the database sets. `transaction_timeout` is known from
 * PostgreSQL 17 on. With `row_security` off the server refuses to look into a default partition that hides rows, which
 * the plan itself finds and says.
 */
export const limits = [
  "SET lock_timeout = 3000;",
  "SET statement_timeout = 0;",
  "SET idle_session_timeout = 0;",
  "SET idle_in_transaction_session_timeout = 0;",
  "SET row_security = on;",
  "SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::integer >= 170000;",
].join("\n");

/**
 * The statements that tell `plan` its settings.
 *
 * @param thisMonth - `YYYY-MM` to count from; the server's clock if left out
 */
export function settingsSql(settings: UpkeepSettings, thisMonth?: string): string {
  return Object.entries({
    months_ahead: String(settings.monthsAhead),
    time_zone: settings.timeZone,
    this_month: thisMonth === undefined ? "" : `${thisMonth}-01`,
    keep_months: String(settings.keepMonths ?? ""),
    old_partitions: settings.oldPartitions,
  })
    .map(([name, value]) => `SET mesh_six.${name} = '${value.replaceAll("'", "''")}';`)
    .join("\n");
}

/**
 * The upkeep as a psql script, for the schedule in the cluster: the same SQL as a provider's update runs.
 * psql must stop at the first error (`ON_ERROR_STOP`); the script is simply run again after one.
 */
export function upkeepScript(settings: UpkeepSettings): string {
  return [
    "-- Keeps the partitions of mesh_six_events ahead of today. Written by pulumi up from providers/partitions.",
    settingsSql(settings),
    limits,
    lock + plan,
    "\\gexec",
    "",
  ].join("\n");
}
