import type * as pulumi from "@pulumi/pulumi";
import type { Values } from "./read.ts";
import { problem, setCommand } from "./problems.ts";
import type { SecretEntry } from "./structures.ts";
import { nearest } from "./spelling.ts";

/** What is made of a secret's parts before they become its data. */
export type SecretKind = "opaque" | "amqp" | "registry";

/** Where the content of one Secret comes from. */
export type SecretSource =
  | {
      readonly source: "config";
      readonly kind: SecretKind;
      readonly values: Readonly<Record<string, pulumi.Output<string>>>;
    }
  | {
      readonly source: "generated";
      readonly kind: "opaque";
      readonly keys: readonly string[];
      readonly length: number;
    }
  | {
      readonly source: "cluster";
      readonly kind: SecretKind;
      readonly namespace: string;
      readonly name: string;
      readonly keys: Readonly<Record<string, string>>;
    }
  | {
      readonly source: "vault";
      readonly kind: SecretKind;
      readonly externalSecret: string;
      readonly remoteKey: string;
      readonly refreshInterval: string;
      readonly keys: Readonly<Record<string, string>>;
    };

const same = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, key]));

/** The secrets mesh-six's services read, with their sources in production. */
const standardSecrets: Readonly<Record<string, SecretEntry>> = {
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

/** Keys a secret may be given with instead of its usual parts: the finished url, the finished registry file. */
const finished: Readonly<Partial<Record<SecretKind, string>>> = {
  amqp: "url",
  registry: ".dockerconfigjson",
};

/** The secrets to declare: the standard list with the operator's entries over it. */
export function secretSources(
  values: Values,
  secret: (value: string) => pulumi.Output<string>,
  problems: string[],
): Readonly<Record<string, SecretSource>> {
  const names = [...new Set([...Object.keys(standardSecrets), ...Object.keys(values.secrets)])];
  for (const name of Object.keys(values.secretValues).filter((n) => !names.includes(n))) {
    const meant = nearest(name, names);
    problems.push(
      problem(
        `secretValues.${name}`,
        "the name of a secret in mesh-six:secrets",
        "an unknown one",
        `${meant ? `did you mean ${meant}? ` : ""}${setCommand(["secrets", name, "source"], "config", false)}`,
      ),
    );
  }
  const sources: Record<string, SecretSource> = {};
  for (const name of names) {
    const source = resolve(name, values, secret, problems);
    if (source !== undefined) sources[name] = source;
  }
  return sources;
}

function resolve(
  name: string,
  values: Values,
  secret: (value: string) => pulumi.Output<string>,
  problems: string[],
): SecretSource | undefined {
  const given = values.secrets[name] ?? {};
  const standard = standardSecrets[name] ?? {};
  const source = given.source ?? standard.source;
  const at = (field: string) => `secrets.${name}.${field}`;
  const complain = (field: string, expected: string, example: string) =>
    problems.push(
      problem(
        at(field),
        expected,
        "nothing",
        setCommand(["secrets", name, ...field.split(".")], example, false),
      ),
    );
  if (name === "postgres-secret") {
    problems.push(
      problem(
        `secrets.${name}`,
        "no entry: it is made of the database's settings",
        "one",
        `pulumi config rm --path mesh-six:secrets.${name}`,
      ),
    );
    return undefined;
  }
  if (source === undefined) {
    complain("source", "one of config, generated, cluster, vault, none", "config");
    return undefined;
  }
  const ofConfig = values.secretValues[name];
  if (ofConfig !== undefined && source !== "config") {
    problems.push(
      problem(
        at("source"),
        `config, since mesh-six:secretValues.${name} is given`,
        source,
        setCommand(["secrets", name, "source"], "config", false),
      ),
    );
  }
  const moved = given.source !== undefined && given.source !== standard.source;
  const usual = keyMap(standard.keys);
  const keys = keyMap(given.keys) ?? (moved && usual !== undefined ? same(...Object.keys(usual)) : usual);
  const kind = given.kind ?? standard.kind ?? "opaque";
  switch (source) {
    case "none":
      return undefined;
    case "config":
      return { source, kind, values: configValues(name, kind, keys, ofConfig, secret, problems) };
    case "generated":
      if (keys === undefined) complain("keys", "the keys to generate", '["password"]');
      return {
        source,
        kind: "opaque",
        keys: Object.keys(keys ?? {}),
        length: given.length ?? standard.length ?? 40,
      };
    case "cluster": {
      const from = given.from ?? standard.from;
      if (from === undefined) complain("from.name", "the Secret to read (namespace and name)", name);
      else if (from.namespace === values.namespace && from.name === name) {
        problems.push(
          problem(
            at("from"),
            "another Secret",
            "this very Secret",
            setCommand(["secrets", name, "from", "namespace"], "NAMESPACE", false),
          ),
        );
      }
      if (keys === undefined) complain("keys", "the keys to copy", '["password"]');
      return { source, kind, namespace: from?.namespace ?? "", name: from?.name ?? "", keys: keys ?? {} };
    }
    case "vault":
      if (keys === undefined)
        complain("keys", "each key with its property in Vault", '{"api-key":"litellm-api-key"}');
      return {
        source,
        kind,
        externalSecret: given.externalSecret ?? standard.externalSecret ?? name,
        remoteKey: given.remoteKey ?? standard.remoteKey ?? values.vaultKey,
        refreshInterval: given.refreshInterval ?? standard.refreshInterval ?? "1h",
        keys: keys ?? {},
      };
  }
}

function keyMap(keys: SecretEntry["keys"]): Record<string, string> | undefined {
  return Array.isArray(keys) ? same(...keys) : keys;
}

/** The values of a secret from config; which parts are needed follows from its keys and kind. */
function configValues(
  name: string,
  kind: SecretKind,
  keys: Readonly<Record<string, string>> | undefined,
  given: Readonly<Record<string, string>> | undefined,
  secret: (value: string) => pulumi.Output<string>,
  problems: string[],
): Record<string, pulumi.Output<string>> {
  const whole = finished[kind];
  const needed =
    whole !== undefined && given?.[whole] !== undefined ? [whole] : Object.keys(keys ?? given ?? {});
  if (needed.length === 0) needed.push("KEY");
  for (const key of needed.filter((k) => (given?.[k] ?? "") === "")) {
    problems.push(
      problem(
        `secretValues.${name}.${key}`,
        "a value",
        "nothing",
        setCommand(["secretValues", name, key], "", true),
      ),
    );
  }
  const all = given ?? {};
  return Object.fromEntries(Object.keys(all).map((key) => [key, secret(all[key]!)]));
}
