import * as z from "zod";
import { dataKey, objectName } from "./formats.ts";
import type { Problem } from "../lib/text/problem.ts";
import { problem, propertyPath } from "./problems.ts";
import type { Values } from "./read.ts";

const item = z.union(
  [z.string(), z.number(), z.boolean(), z.strictObject({ secretName: objectName, key: dataKey })],
  { error: "a text, a number, true, false, or a Secret's key as {secretName, key}" },
);

const items = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, { error: "the name of a metadata field of Dapr" }), item)
  .default({});

/** Further metadata of Dapr's Components, by Component. */
export const daprMetadata = z.strictObject({
  redis: items.describe(
    "both state stores, as `enableTLS`, `redisUsername`, `failover`, `sentinelMasterName`",
  ),
  "agent-statestore": items.describe("this state store alone; goes before `redis`"),
  "actor-statestore": items.describe("this state store alone; goes before `redis`"),
  "agent-pubsub": items.describe("RabbitMQ, as `caCert`, `clientName`, `heartBeat`"),
  "agent-outbox": items.describe("PostgreSQL, as `tablePrefix`, `timeout`"),
});

type Group = keyof z.infer<typeof daprMetadata>;
export type ComponentName = Exclude<Group, "redis">;

/** One further item of a Component's metadata, as Dapr has it. */
export type FurtherItem =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secretKeyRef: { readonly name: string; readonly key: string } };

/**
 * The metadata that the program declares, with the setting that decides it. Dapr does not tell names apart by case.
 * RabbitMQ's address has two more forms that exclude a url.
 */
export const declaredMetadata: Readonly<Record<ComponentName, Readonly<Record<string, string>>>> = {
  "agent-statestore": stateStore("daprStatePrefix"),
  "actor-statestore": stateStore("daprActorPrefix"),
  "agent-pubsub": {
    ...Object.fromEntries(
      ["host", "connectionString", "protocol", "hostname", "username", "password"].map((name) => [
        name,
        "secrets.rabbitmq-secret",
      ]),
    ),
    ...Object.fromEntries(
      [
        "durable",
        "deletedWhenUnused",
        "autoAck",
        "deliveryMode",
        "requeueInFailure",
        "publisherConfirm",
        "prefetchCount",
      ].map((name) => [name, `daprPubsub.${name}`]),
    ),
  },
  "agent-outbox": {
    connectionString: "databaseUrl",
    outboxPublishPubsub: "",
    outboxPublishTopic: "daprOutboxTopic",
    actorStateStore: "",
  },
};

function stateStore(prefix: string): Readonly<Record<string, string>> {
  return {
    redisHost: "redisHost",
    redisPassword: "secrets.redis-secret",
    keyPrefix: prefix,
    actorStateStore: "",
  };
}

/** Keys of values that must not be in plain text in an object that everyone in the namespace may read. */
const secretName = /pass(word|phrase)?$|secret|token|clientkey$|accesskey/i;

/** Names that the program decides itself, the same name twice, and secrets in clear. */
export function checkDaprMetadata(values: Values, problems: Problem[]): void {
  for (const [group, given] of Object.entries(values.daprMetadata)) {
    const declared =
      group === "redis" ? declaredMetadata["agent-statestore"] : declaredMetadata[group as ComponentName];
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(given)) {
      const full = propertyPath(["daprMetadata", group, name]);
      const remove = `pulumi config rm --path 'mesh-six:${full}'`;
      const own = Object.keys(declared).find((key) => key.toLowerCase() === name.toLowerCase());
      if (own !== undefined) {
        const by = group === "redis" && own === "keyPrefix" ? "daprStatePrefix" : declared[own];
        const decides = by === "" ? "the program decides" : `mesh-six:${by} decides`;
        problems.push(problem(full, "another name", `one that ${decides}`, remove));
      }
      if (seen.has(name.toLowerCase())) {
        problems.push(problem(full, "each name once, whatever its case", "it a second time", remove));
      }
      seen.add(name.toLowerCase());
      if (typeof value !== "object" && secretName.test(name)) {
        const from = `mesh-six:${full}.secretName`;
        const remedy = `${remove}; pulumi config set --plaintext --path '${from}' SECRET; pulumi config set --path 'mesh-six:${full}.key' KEY`;
        problems.push(problem(full, "a Secret's key as {secretName, key}", "a value in clear", remedy));
      }
    }
  }
}

/** The further items of one Component in their order; its own go before those of both state stores. */
export function furtherMetadata(values: Values, component: ComponentName): FurtherItem[] {
  const { redis, [component]: own } = values.daprMetadata;
  const shared = component.endsWith("-statestore") ? redis : {};
  const names = Object.keys(own).map((name) => name.toLowerCase());
  const kept = Object.entries(shared).filter(([name]) => !names.includes(name.toLowerCase()));
  return [...kept, ...Object.entries(own)].map(([name, value]) =>
    typeof value === "object"
      ? { name, secretKeyRef: { name: value.secretName, key: value.key } }
      : { name, value: String(value) },
  );
}
