/** The Secrets of a stack, with one whose source the environment says: for the tests of the hand-over. */
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { isDeclaredBy, objectMetadata } from "../../../components/cluster/metadata.ts";
import { Secrets } from "../../../components/secrets.ts";
import { clusterAccess } from "../../../lib/kubernetes/login.ts";
import { secretHandOver, secretsToHandOver } from "../../../preflight/secretHandOver.ts";
import type { SecretSource } from "../../../settings/secrets/sources.ts";

const { NAMESPACE: namespace = "", SOURCE = "{}", ADOPT, STACK = "prod" } = process.env;
const adopt = ADOPT !== undefined;
const given = JSON.parse(SOURCE) as SecretSource;
const source =
  given.source === "config"
    ? {
        ...given,
        values: Object.fromEntries(
          Object.entries(given.values).map(([key, value]) => [key, pulumi.secret(value)]),
        ),
      }
    : given;

const provider = new Provider("cluster", {
  enableServerSideApply: true,
  enablePatchForce: true,
  enableSecretMutable: true,
  upsertExistingObjects: adopt,
});
const access = clusterAccess("", "");
const isOwn = isDeclaredBy(STACK);
const fromVault = source.source === "vault" ? ["own-secret"] : [];
new Secrets(
  "secrets",
  {
    namespace,
    store: "vault-backend",
    sources: { "own-secret": source },
    handOver: await secretsToHandOver(await access, namespace, fromVault, isOwn),
    database: { url: "postgresql://u:p@h/d", username: "u", password: "p" },
    rabbitmq: { host: "h:5672", virtualHost: "/", tls: false },
    registry: { server: "registry.example", user: "u" },
    readSecret: () => pulumi.secret<Record<string, string>>({ "api-key": "from-cluster" }),
  },
  {
    provider,
    transformations: [objectMetadata({ stack: STACK }), secretHandOver({ access, adopt, isOwn })],
  },
);
