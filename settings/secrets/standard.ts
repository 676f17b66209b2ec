import type { SecretEntry } from "../structures.ts";

/** Keys that are called the same at their source. */
export const same = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, key]));

/** The Secret made of the database's settings; it has no entry of its own. */
export const databaseSecret = "postgres-secret";
/** The Secret that the organization's webhook is signed with. */
export const webhookSecret = "github-webhook-secret";
/** The Secret by which images are pulled from the registry of the settings, and pushed to it. */
export const registrySecret = "gitea-registry-secret";

/** Secrets and keys with the logins of the program's own objects. */
export const secretKeys = {
  redisPassword: { name: "redis-secret", key: "password" },
  rabbitmqUrl: { name: "rabbitmq-secret", key: "url" },
  postgresUrl: { name: databaseSecret, key: "url" },
} as const;

/** The secrets mesh-six's services read, with their sources in production. */
export const standardSecrets: Readonly<Record<string, SecretEntry>> = {
  "litellm-secret": {
    source: "vault",
    keys: { "api-key": "litellm-api-key" },
    refreshInterval: "5m",
    externalSecret: "mesh-six-infra-secrets",
  },
  "claude-secret": {
    source: "vault",
    keys: {
      "oauth-token": "claude-oauth-token",
      ...same("oauth-account-uuid", "oauth-email", "oauth-org-uuid"),
    },
    refreshInterval: "5m",
    externalSecret: "mesh-six-claude-secrets",
  },
  "mesh-six-secrets": {
    source: "vault",
    keys: {
      PG_USER: "pg-user",
      PG_PASSWORD: "pg-password",
      GITHUB_TOKEN: "github-token",
      VAULT_TOKEN: "vault-token",
      MINIO_ACCESS_KEY: "minio-access-key",
      MINIO_SECRET_KEY: "minio-secret-key",
      LITELLM_ADMIN_KEY: "litellm-admin-key",
      GIT_USERNAME: "git-username",
      GIT_PASSWORD: "git-password",
    },
    refreshInterval: "1h",
    externalSecret: "mesh-six-main-secrets",
  },
  [secretKeys.redisPassword.name]: {
    source: "cluster",
    keys: same("password"),
    from: { namespace: "redis-system", name: "redis-secret" },
  },
  [secretKeys.rabbitmqUrl.name]: { source: "config", kind: "amqp", keys: same("username", "password") },
  [registrySecret]: { source: "config", kind: "registry", keys: same("password") },
  "github-secret": { source: "config", keys: same("token") },
  [webhookSecret]: { source: "generated", keys: same("secret") },
  "cloudflare-secret": { source: "none", keys: same("api-token") },
};
