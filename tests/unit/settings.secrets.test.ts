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

test("secret values are secret outputs", async () => {
  const settings = read();
  assert.equal(await pulumi.isSecret(settings.database.adminPassword), true);
  assert.equal(await pulumi.isSecret(settings.github.access.token), true);
  const source = settings.secrets.sources["github-secret"];
  assert.ok(source?.source === "config");
  assert.equal(await pulumi.isSecret(source.values["token"]!), true);
});
