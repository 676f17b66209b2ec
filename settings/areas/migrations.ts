import { choice, flag, integer, name, text } from "../declaration.ts";
import { cron, optionalObjectName, timeZone } from "../formats.ts";

/** Migrations and the event log. */
export const migrationSettings = {
  migrationLockTimeout: integer(
    "Longest wait of a migration's statement for a lock, in milliseconds; 0 for no limit",
    10000,
    { min: 0, max: 3600000 },
  ),
  migrationStatementTimeout: integer(
    "Longest run of a migration's statement, in milliseconds; 0 for no limit",
    0,
    { min: 0, max: 86400000 },
  ),
  migrationsOutOfOrder: flag("Let a migration run although one with a higher number is applied", false),
  eventMonthsAhead: integer("Months for which the event log has partitions ready after the current one", 6, {
    min: 1,
    max: 120,
  }),
  eventKeepMonths: integer("Full months the event log keeps before the current one; 0 for all", 0, {
    min: 0,
    max: 1200,
  }),
  eventOldPartitions: choice("Older months: keep detaches them, drop deletes them", ["keep", "drop"], "keep"),
  eventTimeZone: name("Time zone whose midnight begins a month of the event log (IANA name)", "UTC", {
    schema: timeZone,
  }),
  eventUpkeep: flag(
    "Keep the event log's partitions ahead by a CronJob too, for times in which nobody runs pulumi up",
    true,
  ),
  eventUpkeepCron: name("When that CronJob runs: cron's five fields, in UTC", "17 3 * * *", {
    schema: cron,
  }),
  eventUpkeepImage: name(
    "Image of that CronJob: any with psql 14 or later",
    "docker.io/library/postgres:18-alpine",
  ),
  eventUpkeepPullSecret: text("Secret that image is pulled with; empty for none", "", {
    schema: optionalObjectName,
    example: "gitea-registry-secret",
  }),
  eventUpkeepRootCertificate: text(
    "Certificate by which that CronJob verifies the server: a PEM file or its text; empty for sslrootcert of databaseUrl, else the image's authorities",
    "",
  ),
};
