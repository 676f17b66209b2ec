import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../components/settings.ts";
import { SettingsError } from "../../components/settings/problems.ts";

/** The least a stack has to give: what is secret and has no default. */
const secrets: Record<string, string> = {
  databaseAdminPassword: "canary-admin",
  githubToken: "canary-token",
  secretValues: JSON.stringify({
    "rabbitmq-secret": { username: "mesh", password: "canary-mq" },
    "gitea-registry-secret": { password: "canary-registry" },
    "github-secret": { token: "canary-github" },
  }),
};

function read(
  values: Record<string, string> = {},
  options: { secrets?: Record<string, string>; clear?: string[] } = {},
) {
  const given = { ...(options.secrets ?? secrets), ...values };
  const config = Object.fromEntries(Object.entries(given).map(([key, value]) => [`mesh-six:${key}`, value]));
  const encrypted = [...Object.keys(secrets), "databaseUrl"].filter((key) => !options.clear?.includes(key));
  pulumi.runtime.setAllConfig(
    config,
    encrypted.map((key) => `mesh-six:${key}`),
  );
  return readSettings();
}

function problems(...args: Parameters<typeof read>): readonly string[] {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    assert.equal(/canary/.test(error.message), false, "a message never shows a secret");
    for (const line of error.problems) assert.equal(line.includes("\n"), false);
    return error.problems;
  }
  assert.fail("expected the settings to be refused");
}

const only = (...args: Parameters<typeof read>): string => {
  const all = problems(...args);
  assert.equal(all.length, 1, all.join("\n"));
  return all[0]!;
};

test("with nothing but the secrets, every value is production's", () => {
  const settings = read();
  assert.equal(settings.namespace, "mesh-six");
  assert.equal(settings.dapr.redisHost, "redis-master.redis-system:6379");
  assert.deepEqual(settings.dapr.actorScopes, [
    "llm-service",
    "architect-agent",
    "project-manager",
    "onboarding-service",
    "implementer",
  ]);
  assert.equal(settings.dapr.resiliency.agentBreaker.trip, "consecutiveFailures >= 5");
  assert.equal(settings.ingress.host, "mesh-six.bto.bar");
  assert.equal(settings.github.webhook.url, "https://mesh-six.bto.bar/webhooks/github");
  assert.deepEqual(
    settings.github.repositories[0]?.board.statusOptions.map(({ name }) => name),
    ["Todo", "Planning", "In Progress", "QA", "Review", "Done", "Blocked"],
  );
});

test("the sources of the secrets are production's", () => {
  const { sources } = read().secrets;
  assert.deepEqual(Object.fromEntries(Object.entries(sources).map(([name, { source }]) => [name, source])), {
    "litellm-secret": "vault",
    "claude-secret": "vault",
    "mesh-six-secrets": "vault",
    "redis-secret": "cluster",
    "rabbitmq-secret": "config",
    "gitea-registry-secret": "config",
    "github-secret": "config",
    "github-webhook-secret": "generated",
  });
  const vault = sources["mesh-six-secrets"];
  assert.ok(vault?.source === "vault");
  assert.equal(vault.remoteKey, "secret/data/mesh-six");
  assert.equal(vault.refreshInterval, "1h");
  assert.equal(vault.keys["PG_USER"], "pg-user");
});

test("what is wrong is reported all at once", () => {
  const all = problems(
    {
      databasePort: "abc",
      argocdWait: "maybe",
      redisHost: "redis",
      ingressApiGroup: "traefik",
      namspace: "x",
    },
    { secrets: { secretValues: secrets["secretValues"]! } },
  );
  const about = (key: string) => all.filter((line) => line.startsWith(`mesh-six:${key}:`)).length;
  for (const key of [
    "databasePort",
    "argocdWait",
    "redisHost",
    "ingressApiGroup",
    "namspace",
    "databaseAdminPassword",
    "githubToken",
  ]) {
    assert.equal(about(key), 1, `${key} in\n${all.join("\n")}`);
  }
  assert.equal(all.length, 7);
});

test("a problem names the setting, what was expected, what was got, and the command that mends it", () => {
  assert.equal(
    only({ databasePort: "abc" }),
    'mesh-six:databasePort: expected a number, got "abc"; pulumi config set mesh-six:databasePort 5432',
  );
  assert.match(
    only({ databasePort: "70000" }),
    /at most 65535, got 70000; pulumi config set mesh-six:databasePort 5432$/,
  );
  assert.match(
    only({ ingressApiGroup: "x" }),
    /one of auto, traefik.io, traefik.containo.us, got "x"; pulumi config set mesh-six:ingressApiGroup auto$/,
  );
});

test("a misspelt setting is told the right name", () => {
  assert.match(
    only({ databaseHots: "x" }),
    /did you mean mesh-six:databaseHost\? pulumi config rm mesh-six:databaseHots/,
  );
  assert.match(
    only({ somethingElseAltogether: "x" }),
    /expected a setting that exists, got an unknown name; pulumi config rm/,
  );
});

test("a misspelt name within a structure is told the right one, with its path", () => {
  assert.match(
    only({ daprResiliency: JSON.stringify({ timeouts: { genral: "30s" } }) }),
    /^mesh-six:daprResiliency\.timeouts\.genral: .*did you mean general\? pulumi config rm --path 'mesh-six:daprResiliency\.timeouts\.genral'$/,
  );
  assert.match(
    only({ secrets: JSON.stringify({ "redis-secret": { sorce: "config" } }) }),
    /did you mean source\?/,
  );
});

test("setting one value of a structure keeps the others' defaults", () => {
  const { resiliency } = read({ daprResiliency: JSON.stringify({ timeouts: { general: "45s" } }) }).dapr;
  assert.deepEqual(resiliency.timeouts, { general: "45s", longRunning: "120s" });
  assert.equal(resiliency.pubsubRetry.maxRetries, 3);
});

test("a structure that is not one is refused with what it should be", () => {
  assert.match(
    only({ daprPubsub: "{durable: yes" }),
    /expected a structure \(YAML mapping or JSON object\), got "\{durable: yes"/,
  );
  assert.match(only({ daprActorScopes: "llm-service" }), /expected a list, got "llm-service"/);
});

test("a malformed secret structure is refused without being shown", () => {
  assert.match(
    problems({ secretValues: "canary-not-json" })[0]!,
    /^mesh-six:secretValues: expected a structure .*, got a secret of another shape; pulumi config set --secret/,
  );
});

test("a secret stored in clear is refused with the command that encrypts it", () => {
  assert.match(
    only({}, { clear: ["githubToken"] }),
    /^mesh-six:githubToken: expected a value stored encrypted, got one in clear; pulumi config set --secret mesh-six:githubToken/,
  );
});

test("a kubeconfig given by content has to be secret", () => {
  assert.match(
    only({ kubeconfig: "apiVersion: v1\nkind: Config" }),
    /^mesh-six:kubeconfig: .*stored encrypted/,
  );
});

test("a missing secret value is named with its command", () => {
  const values = JSON.stringify({ ...(JSON.parse(secrets["secretValues"]!) as object), "github-secret": {} });
  assert.equal(
    only({ secretValues: values }),
    "mesh-six:secretValues.github-secret.token: expected a value, got nothing; pulumi config set --secret --path mesh-six:secretValues.github-secret.token",
  );
});

test("values for a secret nobody knows, or that comes from elsewhere, are refused", () => {
  const given = JSON.parse(secrets["secretValues"]!) as object;
  assert.match(
    only({ secretValues: JSON.stringify({ ...given, "githb-secret": { token: "canary" } }) }),
    /did you mean github-secret\?/,
  );
  assert.match(
    only({ secretValues: JSON.stringify({ ...given, "redis-secret": { password: "canary" } }) }),
    /expected config, since mesh-six:secretValues\.redis-secret is given, got cluster/,
  );
});

test("an operator's own secret needs a source and its keys, and the optional one only its value", () => {
  assert.match(
    only({ secrets: JSON.stringify({ "grafana-secret": {} }) }),
    /mesh-six:secrets\.grafana-secret\.source: expected one of config/,
  );
  assert.match(
    only({ secrets: JSON.stringify({ "grafana-secret": { source: "vault" } }) }),
    /secrets\.grafana-secret\.keys: expected each key/,
  );
  assert.match(
    only({ secrets: JSON.stringify({ "cloudflare-secret": { source: "config" } }) }),
    /secretValues\.cloudflare-secret\.api-token: expected a value/,
  );
  const { sources } = read({
    secrets: JSON.stringify({ "grafana-secret": { source: "generated", keys: ["password"] } }),
  }).secrets;
  assert.deepEqual(sources["grafana-secret"], {
    source: "generated",
    kind: "opaque",
    keys: ["password"],
    length: 40,
  });
});

test("a name that Kubernetes refuses is refused here", () => {
  assert.match(
    only({ secrets: JSON.stringify({ Grafana_Secret: { source: "generated", keys: ["a"] } }) }),
    /a Kubernetes name/,
  );
  assert.match(
    only({ secrets: JSON.stringify({ "grafana-secret": { source: "generated", keys: ["a b"] } }) }),
    /another shape|a key of a Secret/,
  );
  assert.match(only({ namespace: "Mesh_Six" }), /a Kubernetes name.*got "Mesh_Six"/);
});

test("a standard secret can be left out, and moved to another source under its own keys", () => {
  const { sources } = read({
    secrets: JSON.stringify({
      "claude-secret": { source: "none" },
      "litellm-secret": { source: "cluster", from: { namespace: "litellm", name: "key" } },
    }),
  }).secrets;
  assert.equal(sources["claude-secret"], undefined);
  assert.deepEqual(sources["litellm-secret"], {
    source: "cluster",
    kind: "opaque",
    namespace: "litellm",
    name: "key",
    keys: { "api-key": "api-key" },
  });
});

test("a database of one's own needs a whole connection string, and no admin", () => {
  const rest = { githubToken: secrets["githubToken"]!, secretValues: secrets["secretValues"]! };
  assert.match(
    only({ databaseMode: "existing" }, { secrets: rest }),
    /^mesh-six:databaseUrl: .*got nothing; pulumi config set --secret mesh-six:databaseUrl$/,
  );
  for (const url of [
    "canary",
    "postgresql://canary@host/db",
    "postgresql://u:canary%@host/db",
    "mysql://u:canary@host/db",
  ]) {
    assert.match(
      only({ databaseMode: "existing", databaseUrl: url }, { secrets: rest }),
      /databaseUrl: .*another shape/,
      url,
    );
  }
  const settings = read(
    { databaseMode: "existing", databaseUrl: "postgresql://u:p%40@db.example:6432/mesh?sslmode=require" },
    { secrets: rest },
  );
  assert.deepEqual(settings.database.address, {
    host: "db.example",
    port: 6432,
    database: "mesh",
    sslMode: "require",
  });
});

test("without repositories and webhook no token is asked for", () => {
  const rest = {
    databaseAdminPassword: secrets["databaseAdminPassword"]!,
    secretValues: secrets["secretValues"]!,
  };
  const settings = read({ repositories: "[]", githubWebhook: "false" }, { secrets: rest });
  assert.deepEqual(settings.github.repositories, []);
});

test("a repository twice, or a receiver's board that is none of them, is refused", () => {
  assert.match(
    only({ repositories: JSON.stringify([{ name: "a" }, { name: "a" }]) }),
    /each name once, got a twice/,
  );
  assert.match(only({ receiverBoard: "other" }), /expected one of gwa-test-app, got other/);
});

test("secret values are secret outputs", async () => {
  const settings = read();
  assert.equal(await pulumi.isSecret(settings.database.adminPassword), true);
  assert.equal(await pulumi.isSecret(settings.github.access.token), true);
  const source = settings.secrets.sources["github-secret"];
  assert.ok(source?.source === "config");
  assert.equal(await pulumi.isSecret(source.values["token"]!), true);
});
