import assert from "node:assert/strict";
import { before, test } from "node:test";
import { DaprComponents, type DaprComponentsArgs } from "../../../components/daprComponents.ts";
import { declaredMetadata } from "../../../settings/daprMetadata.ts";
import { pubsub, resiliency } from "../../../settings/structures.ts";
import { declarations, object, type Declared } from "../../support/engine/mocks.ts";

let declared: Declared[];

const none: DaprComponentsArgs["metadata"] = {
  "agent-statestore": [],
  "actor-statestore": [],
  "agent-pubsub": [],
  "agent-outbox": [],
};

const args: DaprComponentsArgs = {
  namespace: "mesh-six",
  redisHost: "redis-master.redis-system:6379",
  redisPassword: { name: "redis-secret", key: "password" },
  statePrefix: "mesh-six:",
  actorPrefix: "mesh-six-actors:",
  actorScopes: ["llm-service", "architect-agent"],
  rabbitmqUrl: { name: "rabbitmq-secret", key: "url" },
  pubsub: pubsub.parse({}),
  metadata: none,
  postgresUrl: { name: "postgres-secret", key: "url" },
  outboxTopic: "task-results",
  resiliency: resiliency.parse({}),
};

before(async () => {
  declared = await declarations(() => new DaprComponents("dapr", args));
});

function component(name: string, content: object) {
  const metadata = { name, namespace: "mesh-six" };
  // Without scopes of its own each says that it has none, so that those somebody adds are seen.
  return { apiVersion: "dapr.io/v1alpha1", kind: "Component", metadata, scopes: [], ...content };
}

function redis(keyPrefix: string, actorStateStore: string) {
  return {
    type: "state.redis",
    version: "v1",
    metadata: [
      { name: "redisHost", value: "redis-master.redis-system:6379" },
      { name: "redisPassword", secretKeyRef: { name: "redis-secret", key: "password" } },
      { name: "keyPrefix", value: keyPrefix },
      { name: "actorStateStore", value: actorStateStore },
    ],
  };
}

test("keeps agents' state in Redis under its own prefix, without actors", () => {
  assert.deepEqual(
    object(declared, "Component", "agent-statestore"),
    component("agent-statestore", { spec: redis("mesh-six:", "false") }),
  );
});

test("keeps actors' state under another prefix, visible to the applications that run actors", () => {
  assert.deepEqual(
    object(declared, "Component", "actor-statestore"),
    component("actor-statestore", {
      spec: redis("mesh-six-actors:", "true"),
      scopes: ["llm-service", "architect-agent"],
    }),
  );
});

test("sends messages by RabbitMQ, durable and confirmed, one at a time", () => {
  assert.deepEqual(
    object(declared, "Component", "agent-pubsub"),
    component("agent-pubsub", {
      spec: {
        type: "pubsub.rabbitmq",
        version: "v1",
        metadata: [
          { name: "host", secretKeyRef: { name: "rabbitmq-secret", key: "url" } },
          { name: "durable", value: "true" },
          { name: "deletedWhenUnused", value: "false" },
          { name: "autoAck", value: "false" },
          { name: "deliveryMode", value: "2" },
          { name: "requeueInFailure", value: "true" },
          { name: "publisherConfirm", value: "true" },
          { name: "prefetchCount", value: "1" },
        ],
      },
    }),
  );
});

test("publishes the outbox in PostgreSQL through agent-pubsub", () => {
  assert.deepEqual(
    object(declared, "Component", "agent-outbox"),
    component("agent-outbox", {
      spec: {
        type: "state.postgresql",
        version: "v1",
        metadata: [
          { name: "connectionString", secretKeyRef: { name: "postgres-secret", key: "url" } },
          { name: "outboxPublishPubsub", value: "agent-pubsub" },
          { name: "outboxPublishTopic", value: "task-results" },
          { name: "actorStateStore", value: "false" },
        ],
      },
    }),
  );
});

test("retries messages with back-off and state at an even pace, and breaks the circuit after five failures", () => {
  assert.deepEqual(object(declared, "Resiliency", "agent-resiliency"), {
    apiVersion: "dapr.io/v1alpha1",
    kind: "Resiliency",
    metadata: { name: "agent-resiliency", namespace: "mesh-six" },
    spec: {
      policies: {
        timeouts: { general: "30s", longRunning: "120s" },
        retries: {
          pubsubRetry: { policy: "exponential", maxInterval: "15s", maxRetries: 3 },
          stateRetry: { policy: "constant", duration: "1s", maxRetries: 3 },
        },
        circuitBreakers: {
          agentBreaker: {
            maxRequests: 1,
            interval: "10s",
            timeout: "30s",
            trip: "consecutiveFailures >= 5",
          },
        },
      },
      targets: {
        components: {
          "agent-pubsub": { outbound: { retry: "pubsubRetry" } },
          "agent-statestore": { outbound: { retry: "stateRetry" } },
        },
      },
    },
  });
});

test("declares nothing else", () => {
  assert.deepEqual(declared.map(({ name }) => name).sort(), [
    "actor-statestore",
    "agent-outbox",
    "agent-pubsub",
    "agent-resiliency",
    "agent-statestore",
    "dapr",
  ]);
});

test("adds further metadata after its own, and names RabbitMQ's url as newer versions of Dapr want it", async () => {
  const further = [
    { name: "enableTLS", value: "true" },
    { name: "sentinelPassword", secretKeyRef: { name: "redis-secret", key: "sentinel" } },
  ];
  const metadata = { ...none, "actor-statestore": further };
  const changed = await declarations(
    () =>
      new DaprComponents("dapr", {
        ...args,
        metadata,
        pubsub: pubsub.parse({ urlField: "connectionString" }),
      }),
  );
  const items = (name: string) =>
    (object(changed, "Component", name)["spec"] as { metadata: readonly { name: string }[] }).metadata;
  assert.deepEqual(items("actor-statestore").slice(-2), further);
  assert.deepEqual(items("agent-statestore"), redis("mesh-six:", "false").metadata);
  assert.deepEqual(items("agent-pubsub")[0], {
    name: "connectionString",
    secretKeyRef: { name: "rabbitmq-secret", key: "url" },
  });
});

test("declares exactly the metadata that the settings refuse as further metadata", () => {
  for (const [name, reserved] of Object.entries(declaredMetadata)) {
    const { spec } = object(declared, "Component", name) as {
      spec: { metadata: readonly { name: string }[] };
    };
    const given = spec.metadata.map((item) => item.name);
    assert.deepEqual(
      given.filter((item) => !Object.hasOwn(reserved, item)),
      [],
      name,
    );
    const others = ["connectionString", "protocol", "hostname", "username", "password"];
    const rest = Object.keys(reserved).filter((item) => !given.includes(item));
    assert.deepEqual(rest, name === "agent-pubsub" ? others : [], name);
  }
});
