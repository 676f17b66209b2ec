import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import type { ComponentName, FurtherItem } from "../settings/daprMetadata.ts";
import type { Pubsub, Resiliency } from "../settings/structures.ts";

/** One key of a Secret in the components' own namespace. */
export interface SecretKey {
  readonly name: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
}

export interface DaprComponentsArgs {
  /** Namespace of the components and of the applications that use them. */
  readonly namespace: pulumi.Input<string>;
  /** Redis of both state stores, `host:port`. */
  readonly redisHost: pulumi.Input<string>;
  readonly redisPassword: SecretKey;
  /** Put before every key of `agent-statestore`. */
  readonly statePrefix: pulumi.Input<string>;
  /** Put before every key of `actor-statestore`; differs from `statePrefix`, since both share one Redis. */
  readonly actorPrefix: pulumi.Input<string>;
  /** Applications (Dapr app ids) that see `actor-statestore`: those that run actors or workflows. */
  readonly actorScopes: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Connection URL of RabbitMQ, `amqp://…`. */
  readonly rabbitmqUrl: SecretKey;
  /** The treatment of queues and messages by `agent-pubsub`. */
  readonly pubsub: Pubsub;
  /** Further metadata, by Component. */
  readonly metadata: Readonly<Record<ComponentName, readonly FurtherItem[]>>;
  /** Connection URL of the database that holds the outbox. */
  readonly postgresUrl: SecretKey;
  /** Topic on `agent-pubsub` to which the outbox publishes. */
  readonly outboxTopic: pulumi.Input<string>;
  /** Policies of `agent-resiliency`. */
  readonly resiliency: Resiliency;
}

/**
 * Dapr's building blocks for the agents: two state stores, the message bus, the outbox and the resiliency
 * policies (`dapr.io/v1alpha1`).
 *
 * @example
 * new DaprComponents("dapr", {
 *   namespace: "mesh-six",
 *   redisHost: "redis-master.redis-system:6379",
 *   redisPassword: { name: "redis-secret", key: "password" },
 *   statePrefix: "mesh-six:",
 *   actorPrefix: "mesh-six-actors:",
 *   actorScopes: ["llm-service"],
 *   rabbitmqUrl: { name: "rabbitmq-secret", key: "url" },
 *   pubsub: settings.dapr.pubsub,
 *   metadata: settings.dapr.metadata,
 *   postgresUrl: { name: "postgres-secret", key: "url" },
 *   outboxTopic: "task-results",
 *   resiliency: settings.dapr.resiliency,
 * }, { provider });
 */
export class DaprComponents extends pulumi.ComponentResource {
  /** Names of the Dapr Components and of the Resiliency, as they are in the cluster. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: DaprComponentsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:DaprComponents", name, {}, opts);

    const declare = (kind: "Component" | "Resiliency", objectName: string, content: object) =>
      new CustomResource(
        objectName,
        {
          apiVersion: "dapr.io/v1alpha1",
          kind,
          metadata: { name: objectName, namespace: args.namespace },
          ...content,
        },
        { parent: this },
      );

    const children = daprObjects(args).map(({ kind, name: objectName, content }) =>
      declare(kind, objectName, content),
    );

    this.names = pulumi.all(children.map((child) => child.metadata.name));
    this.registerOutputs({ names: this.names });
  }
}

/** The declared objects by name, with all but the metadata. */
export function daprObjects(args: Contents): readonly DaprObject[] {
  // Without scopes a Component is for every application; said, so that scopes that somebody adds show as drift.
  const component = (name: string, content: object): DaprObject => ({
    kind: "Component",
    name,
    content: { scopes: [], ...content },
  });
  return [
    component("agent-statestore", { spec: redisStore(args, "agent-statestore") }),
    component("actor-statestore", {
      spec: redisStore(args, "actor-statestore"),
      scopes: args.actorScopes,
    }),
    component("agent-pubsub", { spec: rabbitmq(args) }),
    component("agent-outbox", { spec: outbox(args) }),
    { kind: "Resiliency", name: "agent-resiliency", content: { spec: resiliencySpec(args.resiliency) } },
  ];
}

interface DaprObject {
  readonly kind: "Component" | "Resiliency";
  readonly name: string;
  readonly content: object;
}

type Contents = Omit<DaprComponentsArgs, "namespace">;

/** An item of a Component's `spec.metadata`; Dapr wants every value as a text. */
type MetadataItem =
  | { readonly name: string; readonly value: pulumi.Input<string> }
  | { readonly name: string; readonly secretKeyRef: SecretKey };

function redisStore(args: Contents, name: "agent-statestore" | "actor-statestore") {
  const actors = name === "actor-statestore";
  return componentSpec("state.redis", [
    { name: "redisHost", value: args.redisHost },
    { name: "redisPassword", secretKeyRef: args.redisPassword },
    { name: "keyPrefix", value: actors ? args.actorPrefix : args.statePrefix },
    { name: "actorStateStore", value: String(actors) },
    ...args.metadata[name],
  ]);
}

function rabbitmq({ rabbitmqUrl, pubsub: options, metadata }: Contents) {
  return componentSpec("pubsub.rabbitmq", [
    { name: options.urlField, secretKeyRef: rabbitmqUrl },
    { name: "durable", value: String(options.durable) },
    { name: "deletedWhenUnused", value: String(options.deletedWhenUnused) },
    { name: "autoAck", value: String(options.autoAck) },
    { name: "deliveryMode", value: String(options.deliveryMode) },
    { name: "requeueInFailure", value: String(options.requeueInFailure) },
    { name: "publisherConfirm", value: String(options.publisherConfirm) },
    { name: "prefetchCount", value: String(options.prefetchCount) },
    ...metadata["agent-pubsub"],
  ]);
}

function outbox({ postgresUrl, outboxTopic, metadata }: Contents) {
  return componentSpec("state.postgresql", [
    { name: "connectionString", secretKeyRef: postgresUrl },
    { name: "outboxPublishPubsub", value: "agent-pubsub" },
    { name: "outboxPublishTopic", value: outboxTopic },
    { name: "actorStateStore", value: "false" },
    ...metadata["agent-outbox"],
  ]);
}

function componentSpec(type: string, metadata: readonly MetadataItem[]) {
  return { type, version: "v1", metadata };
}

function resiliencySpec(policies: Resiliency) {
  const { timeouts, pubsubRetry, stateRetry, agentBreaker } = policies;
  return {
    policies: {
      timeouts,
      retries: { pubsubRetry, stateRetry },
      circuitBreakers: { agentBreaker },
    },
    targets: {
      components: {
        "agent-pubsub": { outbound: { retry: "pubsubRetry" } },
        "agent-statestore": { outbound: { retry: "stateRetry" } },
      },
    },
  };
}
