import type { SecretEntry } from "./structures.ts";

/** Keys that are called the same at their source. */
export const same = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, key]));

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
  "redis-secret": {
    source: "cluster",
    keys: same("password"),
    from: { namespace: "redis-system", name: "redis-secret" },
  },
  "rabbitmq-secret": { source: "config", kind: "amqp", keys: same("username", "password") },
  "gitea-registry-secret": { source: "config", kind: "registry", keys: same("password") },
  "github-secret": { source: "config", keys: same("token") },
  "github-webhook-secret": { source: "generated", keys: same("secret") },
  "cloudflare-secret": { source: "none", keys: same("api-token") },
};
