import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { EventPartitions } from "../providers/partitions/resource.ts";
import { upkeepScript, type UpkeepSettings } from "../providers/partitions/upkeepSql.ts";

/** A daily upkeep in the cluster, for the times in which nobody runs `pulumi up`. */
export interface UpkeepSchedule {
  readonly namespace: pulumi.Input<string>;
  /**
   * When, in cron's five fields and UTC.
   *
   * @default "17 3 * * *"
   */
  readonly cron?: pulumi.Input<string>;
  /**
   * An image with psql of PostgreSQL 14 or later.
   *
   * @default "docker.io/library/postgres:18-alpine"
   */
  readonly image?: pulumi.Input<string>;
  /** Secret of type docker-registry the image is pulled with; empty for none. @default none */
  readonly pullSecret?: string;
  /** Secret with the keys `username` and `password` of the log's owner. */
  readonly secretName: pulumi.Input<string>;
  /** Host of the database, as the cluster reaches it. */
  readonly host: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly database: pulumi.Input<string>;
  /** libpq's sslmode, as in `disable` or `verify-full`. */
  readonly sslMode: string;
  /**
   * Root certificate by which `verify-ca`, `verify-full` and `require` verify the server, as PEM text.
   *
   * @default the authorities of the image, for `verify-ca` and `verify-full`
   */
  readonly rootCertificate?: pulumi.Input<string>;
  /** libpq's parameters of the database's URL, where it has them. */
  readonly options?: pulumi.Input<string>;
  readonly applicationName?: pulumi.Input<string>;
  /** In seconds. @default 10 */
  readonly connectTimeout?: pulumi.Input<number>;
  readonly targetSessionAttrs?: pulumi.Input<string>;
  /** Name of the CronJob and its ConfigMap. @default "event-partition-upkeep" */
  readonly name?: string;
}

export interface EventLogArgs extends UpkeepSettings {
  /** URL of the database, of the role that owns `mesh_six_events`. */
  readonly url: pulumi.Input<string>;
  /** @default no upkeep besides `pulumi up` */
  readonly schedule?: UpkeepSchedule | undefined;
}

/**
 * The partitions of the event log, kept ahead of today by every `pulumi up` and by a CronJob that runs the
 * same SQL.
 *
 * @example
 * new EventLog("event-log", {
 *   url, monthsAhead: 6, oldPartitions: "keep", timeZone: "UTC",
 *   schedule: {
 *     namespace: "mesh-six", secretName: "postgres-secret",
 *     host: "pgsql.k3s.bto.bar", port: 5432, database: "mesh_six", sslMode: "require",
 *   },
 * }, { providers: [cluster], dependsOn: [migrations] });
 */
export class EventLog extends pulumi.ComponentResource {
  /** Bounds of the partitions by name. */
  readonly partitions: pulumi.Output<Record<string, string>>;
  /** Up to when, from now on and without a gap, events have a partition, ISO 8601. */
  readonly coveredUntil: pulumi.Output<string>;

  constructor(name: string, args: EventLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:EventLog", name, {}, opts);
    const { url, schedule, ...settings } = args;

    const partitions = new EventPartitions("event-partitions", { url, ...settings }, { parent: this });
    if (schedule !== undefined) declareUpkeep(this, schedule, settings);

    this.partitions = partitions.partitions;
    this.coveredUntil = partitions.coveredUntil;
    this.registerOutputs({ partitions: this.partitions, coveredUntil: this.coveredUntil });
  }
}

function declareUpkeep(parent: pulumi.Resource, schedule: UpkeepSchedule, settings: UpkeepSettings): void {
  const name = schedule.name ?? "event-partition-upkeep";
  const labels = { "app.kubernetes.io/name": name };
  const metadata = { name, namespace: schedule.namespace, labels };

  const script = new ConfigMap(
    "event-partition-upkeep-script",
    {
      metadata,
      data: {
        "upkeep.sql": upkeepScript(settings),
        ...(schedule.rootCertificate === undefined ? {} : { "root.crt": schedule.rootCertificate }),
      },
    },
    { parent },
  );
  const fromSecret = (key: string) => ({ valueFrom: { secretKeyRef: { name: schedule.secretName, key } } });
  const container = {
    name: "psql",
    image: schedule.image ?? "docker.io/library/postgres:18-alpine",
    command: [
      "psql",
      "--no-psqlrc",
      "--no-password",
      "--echo-queries",
      "--set=ON_ERROR_STOP=1",
      "--file=/upkeep/upkeep.sql",
    ],
    // libpq's own variables, for an argument would show the password to everyone on the node.
    env: [
      { name: "PGHOST", value: schedule.host },
      { name: "PGPORT", value: pulumi.output(schedule.port).apply(String) },
      { name: "PGDATABASE", value: schedule.database },
      { name: "PGSSLMODE", value: schedule.sslMode },
      { name: "PGUSER", ...fromSecret("username") },
      { name: "PGPASSWORD", ...fromSecret("password") },
      { name: "PGAPPNAME", value: schedule.applicationName ?? name },
      { name: "PGCONNECT_TIMEOUT", value: pulumi.output(schedule.connectTimeout ?? 10).apply(String) },
      { name: "HOME", value: "/nonexistent" },
      ...furtherParameters(schedule),
    ],
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "upkeep", mountPath: "/upkeep", readOnly: true }],
  };
  new CronJob(
    "event-partition-upkeep",
    {
      metadata,
      spec: {
        schedule: schedule.cron ?? "17 3 * * *",
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        // Said, so that a CronJob that somebody suspended shows as drift.
        suspend: false,
        // A cluster that was down at the hour makes up for it when it is back.
        startingDeadlineSeconds: 12 * 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          spec: {
            // A lock that was not granted in time is asked for again, later and later.
            backoffLimit: 6,
            activeDeadlineSeconds: 3600,
            template: {
              metadata: { labels, annotations: { "dapr.io/enabled": "false" } },
              spec: {
                restartPolicy: "Never",
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                ...(schedule.pullSecret ? { imagePullSecrets: [{ name: schedule.pullSecret }] } : {}),
                securityContext: {
                  runAsNonRoot: true,
                  runAsUser: 65534,
                  runAsGroup: 65534,
                  seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [container],
                volumes: [{ name: "upkeep", configMap: { name: script.metadata.name } }],
              },
            },
          },
        },
      },
    },
    { parent },
  );
}

/** libpq's variables that only some connections need, so that the others' CronJob stays as it is. */
function furtherParameters(schedule: UpkeepSchedule): { name: string; value: pulumi.Input<string> }[] {
  const { options, targetSessionAttrs } = schedule;
  return [
    ...rootCertificates(schedule),
    ...(options === undefined ? [] : [{ name: "PGOPTIONS", value: options }]),
    ...(targetSessionAttrs === undefined || targetSessionAttrs === "any"
      ? []
      : [{ name: "PGTARGETSESSIONATTRS", value: targetSessionAttrs }]),
  ];
}

/** The authorities of an image: libpq takes them as `system` for verify-full alone, and by their file for verify-ca. */
const authorities: Readonly<Record<string, string>> = {
  "verify-full": "system",
  "verify-ca": "/etc/ssl/certs/ca-certificates.crt",
};

function rootCertificates({ sslMode, rootCertificate }: UpkeepSchedule) {
  if (rootCertificate !== undefined) return [{ name: "PGSSLROOTCERT", value: "/upkeep/root.crt" }];
  const ofImage = authorities[sslMode];
  return ofImage === undefined ? [] : [{ name: "PGSSLROOTCERT", value: ofImage }];
}
