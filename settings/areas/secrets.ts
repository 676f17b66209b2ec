import { flag, name, structure } from "../declaration.ts";
import { hostAndPort, objectName } from "../formats.ts";
import { secretEntries, secretValues } from "../structures.ts";

/** The namespace's Secrets and what they are made of. */
export const secretSettings = {
  secrets: structure(
    "Secrets of the namespace by name, over the standard list: source, keys, kind (docs/settings.md)",
    secretEntries,
  ),
  secretValues: structure("Values of the secrets whose source is config: name, then key", secretValues, true),
  secretStore: name(
    "ClusterSecretStore of the External Secrets Operator for secrets from Vault",
    "vault-backend",
    { schema: objectName },
  ),
  vaultKey: name("Path in Vault of the secrets' properties", "secret/data/mesh-six"),
  rabbitmqHost: name("Host and port of RabbitMQ in rabbitmq-secret", "rabbitmq-amqp.k3s.bto.bar:5672", {
    schema: hostAndPort,
  }),
  rabbitmqVirtualHost: name("Virtual host in rabbitmq-secret", "/"),
  rabbitmqTls: flag("Whether the url in rabbitmq-secret is amqps", false),
  registryServer: name("Container registry of gitea-registry-secret", "registry.bto.bar"),
  registryUser: name("User at the container registry", "registry-user"),
};
