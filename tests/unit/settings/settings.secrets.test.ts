import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { only, problems, read, secrets } from "./settingsOf.ts";

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

test("a malformed secret structure is refused without being shown", () => {
  assert.match(
    only({ secretValues: "canary-not-json" }),
    /^mesh-six:secretValues: expected a structure .*, got a secret of another shape; pulumi config set --secret/,
  );
});

test("hides a value that someone chose to encrypt, though it is no secret", () => {
  assert.match(
    only({ redisHost: "canary" }, { encrypted: ["redisHost"] }),
    /redisHost: expected HOST:PORT, got a secret of another shape; pulumi config set --secret mesh-six:redisHost/,
  );
});

test("a secret stored in clear is refused with the command that encrypts it", () => {
  assert.match(
    only({}, { clear: ["githubToken"] }),
    /^mesh-six:githubToken: expected a value stored encrypted, got one in clear; pulumi config set --secret mesh-six:githubToken/,
  );
});

test("a token that no header could hold is refused without being shown", () => {
  assert.match(
    only({ githubToken: "canary\ntoken" }),
    /^mesh-six:githubToken: expected a token, got one with a blank, a line break .*; pulumi config set --secret mesh-six:githubToken$/,
  );
});

test("generated keys that would be one resource are refused", () => {
  const generated = (keys: string[]) => ({ source: "generated", keys });
  assert.match(
    only({ secrets: JSON.stringify({ a: generated(["b-c"]), "a-b": generated(["c"]) }) }),
    /^mesh-six:secrets: expected .* differ when joined by a dash, got a-b-c twice; rename/,
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
    /secrets\.grafana-secret\.keys\[0\]: expected a key of a Secret/,
  );
  for (const keys of ["a", [], {}]) {
    assert.match(
      only({ secrets: JSON.stringify({ "grafana-secret": { source: "generated", keys } }) }),
      /\.keys: expected a list of keys .*; pulumi config set --path 'mesh-six:secrets\.grafana-secret\.keys\[0\]' VALUE/,
    );
  }
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

test("a Secret whose name holds a dot is one like the others", () => {
  const { sources } = read({
    secrets: JSON.stringify({ "tls.example": { source: "generated", keys: ["a"] } }),
  }).secrets;
  assert.equal(sources["tls.example"]?.source, "generated");
  assert.match(
    only({ secrets: JSON.stringify({ "tls.example": { source: "vault" } }) }),
    /^mesh-six:secrets\["tls\.example"\]\.keys: .*; pulumi config set --path 'mesh-six:secrets\["tls\.example"\]\.keys\.KEY' PROPERTY$/,
  );
});

test("a url or a registry's login is refused without what it is made of", () => {
  const entry = (name: string, more: object) => ({ secrets: JSON.stringify({ [name]: more }) });
  const cluster = { source: "cluster", from: { namespace: "mq", name: "login" } };
  assert.match(
    only(entry("mq-secret", { ...cluster, kind: "amqp", keys: ["user", "password"] })),
    /secrets\.mq-secret\.keys: expected url, or username and password, got user, password;/,
  );
  assert.match(
    only(entry("other-registry", { source: "vault", kind: "registry", keys: ["token"] })),
    /secrets\.other-registry\.keys: expected \.dockerconfigjson, or password, got token;/,
  );
  assert.match(
    only(entry("mq-secret", { source: "generated", kind: "amqp", keys: ["username", "password"] })),
    /secrets\.mq-secret\.source: expected config, cluster or vault, .*got generated/,
  );
  assert.deepEqual(
    problems(entry("mq-secret", { source: "config", kind: "amqp" })).map((line) => line.split(":")[1]),
    ["secretValues.mq-secret.username", "secretValues.mq-secret.password"],
  );
});

test("the secret of the webhook has to be one that the program knows", () => {
  const of = (entry: object) => ({ secrets: JSON.stringify({ "github-webhook-secret": entry }) });
  const remedy = /; pulumi config set --path mesh-six:secrets\.github-webhook-secret\.source generated/;
  for (const source of ["vault", "none"]) assert.match(only(of({ source })), remedy);
  assert.match(only(of({ keys: ["token"] })), /keys: expected the key secret, .*got token;/);
  const { sources } = read({ ...of({ source: "vault" }), githubWebhook: "false" }).secrets;
  assert.equal(sources["github-webhook-secret"]?.source, "vault");
});

test("two Secrets cannot come of one ExternalSecret", () => {
  const entry = { source: "vault", keys: ["a"], externalSecret: "mesh-six-infra-secrets" };
  assert.match(
    only({ secrets: JSON.stringify({ "grafana-secret": entry }) }),
    /each externalSecret once, got mesh-six-infra-secrets twice/,
  );
});

test("the command for a longer value says that it is no secret, which Pulumi would take it for", () => {
  assert.match(
    only({ dashboardPullSecret: "Gitea" }),
    /pulumi config set --plaintext mesh-six:dashboardPullSecret gitea-registry-secret$/,
  );
});

test("secret values are secret outputs", async () => {
  const settings = read();
  assert.equal(await pulumi.isSecret(settings.database.adminPassword), true);
  assert.equal(await pulumi.isSecret(settings.github.access.token), true);
  const source = settings.secrets.sources["github-secret"];
  assert.ok(source?.source === "config");
  assert.equal(await pulumi.isSecret(source.values["token"]!), true);
});
