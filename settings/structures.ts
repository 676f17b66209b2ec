import * as z from "zod";
import { dataKey, duration, labelName, objectName } from "./formats.ts";

const whole = (min: number, max: number) => z.int().min(min).max(max);

/** Dapr Resiliency: the timeouts, retries and circuit breaker the targets refer to by name. */
export const resiliency = z.strictObject({
  timeouts: z
    .strictObject({ general: duration.default("30s"), longRunning: duration.default("120s") })
    .prefault({}),
  pubsubRetry: z
    .strictObject({
      policy: z.enum(["constant", "exponential"]).default("exponential"),
      maxInterval: duration.default("15s"),
      maxRetries: whole(-1, 1000).default(3),
    })
    .prefault({}),
  stateRetry: z
    .strictObject({
      policy: z.enum(["constant", "exponential"]).default("constant"),
      duration: duration.default("1s"),
      maxRetries: whole(-1, 1000).default(3),
    })
    .prefault({}),
  agentBreaker: z
    .strictObject({
      maxRequests: whole(1, 10000).default(1),
      interval: duration.default("10s"),
      timeout: duration.default("30s"),
      trip: z.string().min(1).default("consecutiveFailures >= 5"),
    })
    .prefault({}),
});

/** The treatment of queues and messages by `agent-pubsub` (Dapr's pubsub.rabbitmq metadata). */
export const pubsub = z.strictObject({
  urlField: z
    .enum(["host", "connectionString"])
    .default("host")
    .describe("metadata field that holds RabbitMQ's url; newer versions of Dapr warn of `host`"),
  durable: z.boolean().default(true),
  deletedWhenUnused: z.boolean().default(false),
  autoAck: z.boolean().default(false),
  deliveryMode: whole(0, 2).default(2),
  requeueInFailure: z.boolean().default(true),
  publisherConfirm: z.boolean().default(true),
  prefetchCount: whole(0, 65535).default(1),
});

// `pulumi config set --path … 1` stores a number, as YAML does.
const quantity = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : value),
  z.string().regex(/^\d+(\.\d+)?(m|[kMGTPE]i?)?$/, { error: "a Kubernetes quantity such as 25m or 32Mi" }),
);

/** CPU and memory of the dashboard's container. */
export const resources = z.strictObject({
  requests: z.strictObject({ cpu: quantity.default("25m"), memory: quantity.default("32Mi") }).prefault({}),
  limits: z.strictObject({ cpu: quantity.default("100m"), memory: quantity.default("64Mi") }).prefault({}),
});

const clusterSecret = z.strictObject({ namespace: labelName, name: objectName });

const keysAre =
  "a list of keys (letters, digits, '-', '_' and '.'), or a map from each to its name at the source";
const someKeys = z.refine<object>((keys) => Object.keys(keys).length > 0, { error: keysAre });

/** Source of one secret of the namespace; omitted members come from the standard list. */
export const secretEntry = z.strictObject({
  source: z
    .enum(["config", "generated", "cluster", "vault", "none"])
    .optional()
    .describe("where the content comes from; `none` leaves a standard secret out"),
  keys: z
    .union([z.array(dataKey).check(someKeys), z.record(dataKey, z.string().min(1)).check(someKeys)], {
      error: keysAre,
    })
    .optional()
    .describe("the Secret's keys: a list, or a map from key to its name at the source"),
  kind: z
    .enum(["opaque", "amqp", "registry"])
    .optional()
    .describe("`amqp` makes a url of username and password, `registry` a registry login"),
  from: clusterSecret.optional().describe("for `cluster`: the other Secret, whose values have to be text"),
  remoteKey: z.string().min(1).optional().describe("for `vault`: the path; `vaultKey` where it is left out"),
  refreshInterval: duration.optional().describe("for `vault`: how often the External Secrets Operator looks"),
  externalSecret: objectName
    .optional()
    .describe("for `vault`: name of the ExternalSecret, where it is not the Secret's"),
  length: whole(16, 128).optional().describe("for `generated`: characters of each value"),
});

export const secretEntries = z.record(objectName, secretEntry);
export const secretValues = z.record(objectName, z.record(dataKey, z.string()));

export type Resiliency = z.infer<typeof resiliency>;
export type Pubsub = z.infer<typeof pubsub>;
export type Resources = z.infer<typeof resources>;
export type SecretEntry = z.infer<typeof secretEntry>;
