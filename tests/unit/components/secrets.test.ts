import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { SecretSource } from "../../../settings/settings.ts";
import { finish } from "../../../settings/secrets/kinds.ts";
import { Secrets } from "../../../components/secrets.ts";
import { type Declared, declarations } from "../../support/engine/mocks.ts";
import { isSecretInput, unwrapped } from "../../support/cluster/secretInputs.ts";

/** The answers of the stand-in for the random plugin. */
const generated = { "random:index/randomPassword:RandomPassword": { result: "generated" } };

const around = {
  rabbitmq: { host: "mq.example:5672", virtualHost: "/", tls: false },
  registry: { server: "registry.example", user: "registry-user" },
};

const config = (kind: "opaque" | "amqp" | "registry", values: Record<string, string>): SecretSource => ({
  source: "config",
  kind,
  values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pulumi.secret(value)])),
});

function secretsOf(sources: Record<string, SecretSource>) {
  return new Secrets("secrets", {
    ...around,
    namespace: "mesh-six",
    sources,
    store: "vault-backend",
    database: { url: pulumi.secret("postgresql://x"), username: "mesh_six", password: pulumi.secret("pw") },
    readSecret: (namespace, name) => {
      const data: Record<string, string> = { from: `${namespace}/${name}` };
      return pulumi.secret(data);
    },
  });
}

const declare = (sources: Record<string, SecretSource>) => declarations(() => secretsOf(sources), generated);

function object(declared: readonly Declared[], name: string): Declared {
  const found = declared.find((one) => one.name === name && one.type.startsWith("kubernetes:"));
  assert.ok(found, `${name} is declared`);
  return found;
}

/** The data of a Secret as text; it has to reach the engine as a secret. */
function dataOf(declared: readonly Declared[], name: string): Record<string, string> {
  const { data } = object(declared, name).inputs;
  assert.equal(isSecretInput(data), true);
  const texts = Object.entries(unwrapped(data) as Record<string, string>);
  return Object.fromEntries(texts.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

const parts = { username: "us er@", password: "p@:/%' #?" };

test("a RabbitMQ url carries any user and password, and leaves the default virtual host out", () => {
  const { url } = finish(parts, "amqp", around);
  assert.equal(url, "amqp://us%20er%40:p%40%3A%2F%25%27%20%23%3F@mq.example:5672");
  const parsed = new URL(url);
  assert.equal(decodeURIComponent(parsed.username), parts.username);
  assert.equal(decodeURIComponent(parsed.password), parts.password);
});

test("a RabbitMQ url names another virtual host, encoded, and TLS", () => {
  const rabbitmq = { host: "mq:5671", virtualHost: "/mesh six", tls: true };
  assert.equal(
    finish({ username: "u", password: "p" }, "amqp", { ...around, rabbitmq })["url"],
    "amqps://u:p@mq:5671/%2Fmesh%20six",
  );
});

test("a RabbitMQ url that is given is left as it is", () => {
  assert.deepEqual(finish({ url: "amqp://a:b@c/d", password: "x" }, "amqp", around), {
    url: "amqp://a:b@c/d",
  });
});

test("a registry's Secret holds what a container runtime logs in with", () => {
  const text = finish({ password: "p:@'\"" }, "registry", around)[".dockerconfigjson"]!;
  assert.deepEqual(JSON.parse(text), {
    auths: {
      "registry.example": {
        username: "registry-user",
        password: "p:@'\"",
        auth: Buffer.from("registry-user:p:@'\"").toString("base64"),
      },
    },
  });
  assert.deepEqual(finish({ ".dockerconfigjson": "{}" }, "registry", around), { ".dockerconfigjson": "{}" });
});

test("each Secret is declared with its type, labels and encoded data", async () => {
  const declared = await declare({
    "github-secret": config("opaque", { token: "t" }),
    "gitea-registry-secret": config("registry", { password: "p" }),
  });
  const github = object(declared, "github-secret");
  assert.equal(github.type, "kubernetes:core/v1:Secret");
  assert.deepEqual(github.inputs["metadata"], {
    name: "github-secret",
    namespace: "mesh-six",
  });
  assert.equal(github.inputs["type"], "Opaque");
  assert.deepEqual(dataOf(declared, "github-secret"), { token: "t" });
  assert.equal(object(declared, "gitea-registry-secret").inputs["type"], "kubernetes.io/dockerconfigjson");
});

test("postgres-secret holds url, username and password of the database", async () => {
  const declared = await declare({});
  assert.deepEqual(dataOf(declared, "postgres-secret"), {
    url: "postgresql://x",
    username: "mesh_six",
    password: "pw",
  });
});

test("a Secret copied from the cluster takes the keys asked for, under their new names", async () => {
  const declared = await declare({
    "redis-secret": {
      source: "cluster",
      kind: "opaque",
      namespace: "redis-system",
      name: "redis",
      keys: { password: "from" },
    },
  });
  assert.deepEqual(dataOf(declared, "redis-secret"), { password: "redis-system/redis" });
});

test("a Secret from Vault is an ExternalSecret of the store, with its properties and refresh", async () => {
  const declared = await declare({
    "claude-secret": {
      source: "vault",
      kind: "opaque",
      externalSecret: "mesh-six-claude-secrets",
      remoteKey: "secret/data/mesh-six",
      refreshInterval: "5m",
      keys: { "oauth-token": "claude-oauth-token" },
    },
  });
  const { type, inputs } = object(declared, "claude-secret");
  assert.equal(type, "kubernetes:external-secrets.io/v1:ExternalSecret");
  assert.equal((inputs["metadata"] as { name: string }).name, "mesh-six-claude-secrets");
  assert.deepEqual(inputs["spec"], {
    refreshInterval: "5m",
    secretStoreRef: { name: "vault-backend", kind: "ClusterSecretStore" },
    target: { name: "claude-secret", creationPolicy: "Owner", deletionPolicy: "Retain" },
    data: [
      {
        secretKey: "oauth-token",
        remoteRef: { key: "secret/data/mesh-six", property: "claude-oauth-token" },
      },
    ],
  });
});

test("a Secret of a kind comes of Vault's properties by a template of the operator's", async () => {
  const vault = (kind: "amqp" | "registry", ...keys: string[]): SecretSource => ({
    source: "vault",
    kind,
    externalSecret: "own",
    remoteKey: "secret/data/mesh-six",
    refreshInterval: "1h",
    keys: Object.fromEntries(keys.map((key) => [key, key])),
  });
  const template = async (source: SecretSource) => {
    const { inputs } = object(await declare({ own: source }), "own");
    return (inputs["spec"] as { target: { template?: { type?: string; data?: object; metadata?: object } } })
      .target.template;
  };
  const encoded = (part: string) => `{{ .${part} | urlquery | replace "+" "%20" }}`;
  assert.deepEqual(await template(vault("amqp", "username", "password")), {
    data: { url: `amqp://${encoded("username")}:${encoded("password")}@mq.example:5672` },
  });
  const type = "kubernetes.io/dockerconfigjson";
  const made = await template(vault("registry", "password"));
  assert.equal(made?.type, type);
  assert.deepEqual(made.data, {
    ".dockerconfigjson":
      '{"auths":{"registry.example":{"username":{{ "registry-user" | toJson }},"password":{{ .password | toJson }},' +
      '"auth":"{{ printf "%s:%s" "registry-user" .password | b64enc }}"}}}',
  });
  assert.deepEqual(await template(vault("registry", ".dockerconfigjson")), { type });
  assert.equal(await template(vault("amqp", "url")), undefined);
});

test("a generated key is as long as asked for, without special characters, and secret", async () => {
  let secrets: Secrets | undefined;
  const sources: Record<string, SecretSource> = {
    "hook-secret": { source: "generated", kind: "opaque", keys: ["secret"], length: 48 },
  };
  const declared = await declarations(() => (secrets = secretsOf(sources)), generated);
  assert.deepEqual(dataOf(declared, "hook-secret"), { secret: "generated" });
  const random = declared.find(({ name }) => name === "hook-secret-secret");
  assert.equal(random?.inputs["length"], 48);
  assert.equal(random?.inputs["special"], false);
  assert.equal(await pulumi.isSecret(secrets!.data["hook-secret"]!), true);
});

test("a fingerprint changes with the content and only then, is not secret, and does not hold the content", async () => {
  const fingerprintOf = async (token: string) => {
    let secrets: Secrets | undefined;
    const sources = { "github-secret": config("opaque", { token }) };
    await declarations(() => (secrets = secretsOf(sources)), generated);
    const fingerprint = secrets!.fingerprints["github-secret"]!;
    assert.equal(await pulumi.isSecret(fingerprint), false);
    return valueOf(fingerprint);
  };
  const first = await fingerprintOf("one");
  assert.match(first, /^[0-9a-f]{32}$/);
  assert.equal(await fingerprintOf("one"), first);
  assert.notEqual(await fingerprintOf("two"), first);
});

test("the names are those of all Secrets, in order", async () => {
  let secrets: Secrets | undefined;
  const one = config("opaque", { k: "v" });
  await declarations(() => (secrets = secretsOf({ b: one, a: one })), generated);
  assert.deepEqual(secrets!.names, ["a", "b", "postgres-secret"]);
});
