import { list, name, structure } from "../declaration.ts";
import { daprMetadata } from "../daprMetadata.ts";
import { hostsAndPorts } from "../formats.ts";
import { pubsub, resiliency } from "../structures.ts";

/** Dapr's components and policies. */
export const daprSettings = {
  redisHost: name(
    "Host and port of Redis for Dapr's state stores; several separated by commas for a cluster or its sentinels",
    "redis-master.redis-system:6379",
    {
      schema: hostsAndPorts,
    },
  ),
  daprStatePrefix: name("Key prefix of agent-statestore", "mesh-six:"),
  daprActorPrefix: name("Key prefix of actor-statestore", "mesh-six-actors:"),
  daprActorScopes: list("Applications that run actors or workflows, for which actor-statestore is there", [
    "llm-service",
    "architect-agent",
    "project-manager",
    "onboarding-service",
    "implementer",
  ]),
  daprPubsub: structure("How agent-pubsub treats queues and messages (docs/settings.md)", pubsub),
  daprMetadata: structure(
    "Further metadata of Dapr's Components, as Redis' TLS, user and sentinels (docs/settings.md)",
    daprMetadata,
  ),
  daprOutboxTopic: name("Topic that agent-outbox publishes to", "task-results"),
  daprResiliency: structure(
    "Timeouts, retries and circuit breaker of agent-resiliency (docs/settings.md)",
    resiliency,
  ),
};
