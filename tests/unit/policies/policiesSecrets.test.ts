import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Secret } from "@pulumi/policy";
import { SecretWatch } from "../../../policies/plainSecrets.ts";
import { declared, unknown } from "./policiesSupport.ts";

describe("no-plain-secret", () => {
  const look = (type: string, props: Record<string, unknown>) =>
    new SecretWatch().look(declared(type, props));
  const environment = (...env: object[]) => ({ spec: { containers: [{ name: "c", env }] } });

  const kept: Record<string, [string, Record<string, unknown>]> = {
    "a Secret whose data is marked": [
      "kubernetes:core/v1:Secret",
      { data: new Secret({ token: "aHVudGVyMg==" }) },
    ],
    "a Secret whose data is known later": ["kubernetes:core/v1:Secret", { data: unknown }],
    "an environment that refers to a Secret": [
      "kubernetes:core/v1:Pod",
      environment({
        name: "DB_PASSWORD",
        valueFrom: { secretKeyRef: { name: "postgres-secret", key: "password" } },
      }),
    ],
    "an environment that refers to another variable": [
      "kubernetes:core/v1:Pod",
      environment(
        { name: "DB_PASSWORD", value: "$(PG_PASSWORD)" },
        { name: "URL", value: "postgres://u:$(PW)@h/d" },
      ),
    ],
    "names of Secrets, and of keys in them": [
      "kubernetes:apiextensions.k8s.io/v1:CustomResource",
      {
        spec: {
          pullSecret: "gitea-registry-secret",
          data: [
            {
              secretKey: "GITHUB_TOKEN",
              remoteRef: { key: "secret/data/mesh-six", property: "github-token" },
            },
          ],
        },
      },
    ],
    "a marked password of a role": ["postgresql:index/role:Role", { password: new Secret("hunter2hunter2") }],
    "paths of credentials, and addresses without any": [
      "kubernetes:core/v1:Pod",
      environment(
        { name: "GOOGLE_APPLICATION_CREDENTIALS", value: "/var/gcp/key.json" },
        { name: "ISSUER_TOKEN", value: "https://issuer.example/token" },
      ),
    ],
    "arguments that set no credential": [
      "kubernetes:batch/v1:CronJob",
      {
        spec: {
          command: ["psql", "--no-password", "--echo-queries"],
          args: [
            ...[
              "--token",
              "$(TOKEN)",
              "--enable-bootstrap-token=true",
              "--token-file=/run/token",
              "--secret",
            ],
            ...["--password=$PASSWORD", "--use-token", "false", "--token", "/run/secrets/token"],
            'psql --no-password -f a.sql "password=$PGPASSWORD" && test -n "$TOKEN"',
          ],
        },
      },
    ],
    "the sum of a Secret that rolls Pods": [
      "kubernetes:apps/v1:Deployment",
      { spec: { template: { metadata: { annotations: { "checksum/secret": "0a1b2c3d4e5f" } } } } },
    ],
    "names of Secrets in a Middleware of Traefik": [
      "kubernetes:traefik.io/v1alpha1:Middleware",
      { spec: { basicAuth: { secret: "dashboard-users" }, forwardAuth: { tls: { caSecret: "our-ca" } } } },
    ],
    "marked values of a Helm release, which Helm keeps in a Secret": [
      "kubernetes:helm.sh/v3:Release",
      { values: { auth: { password: new Secret("hunter2hunter2") } } },
    ],
    "configuration with parts that are named after credentials": [
      "kubernetes:core/v1:ConfigMap",
      { data: { "a.json": '{\n  "secret": {\n    "name": "x"\n  },\n  "token": [\n  ]\n}' } },
    ],
    "configuration without credentials": [
      "kubernetes:core/v1:ConfigMap",
      { data: { "a.properties": "user=me\npassword=${DB_PASSWORD}\nuse-token: true\n" } },
    ],
  };
  for (const [name, [type, props]] of Object.entries(kept)) {
    test(`passes ${name}`, () => assert.deepEqual(look(type, props), []));
  }

  const broken: Record<string, [string, Record<string, unknown>, RegExp]> = {
    "a Secret in plain": ["kubernetes:core/v1:Secret", { stringData: { a: "b" } }, /^stringData\.a: /],
    "a Secret in plain that comes as a custom resource": [
      "kubernetes:yaml:Something",
      { apiVersion: "v1", kind: "Secret", data: { a: "Yg==" } },
      /^data\.a: /,
    ],
    "a password in an environment": [
      "kubernetes:core/v1:Pod",
      environment({ name: "DB_PASSWORD", value: "hunter2" }),
      /^spec\.containers\[0\]\.env\[0\]\.DB_PASSWORD: .*secretKeyRef/,
    ],
    "a marked value in an environment, which is plain in the cluster": [
      "kubernetes:core/v1:Pod",
      environment({ name: "GREETING", value: new Secret("hunter2") }),
      /GREETING: .*shows to all/,
    ],
    "a token by its shape under a harmless name": [
      "kubernetes:core/v1:Pod",
      environment({ name: "GREETING", value: `ghp_${"a1".repeat(18)}` }),
      /GREETING: .*a token of GitHub/,
    ],
    "an address with a password": [
      "kubernetes:dapr.io/v1alpha1:Component",
      { spec: { metadata: [{ name: "host", value: "amqp://me:hunter2@rabbitmq:5672" }] } },
      /host: .*an address with a password/,
    ],
    "a web address whose user is a token": [
      "kubernetes:argoproj.io/v1alpha1:Application",
      { spec: { source: { repoURL: "https://canary@git.example/x" } } },
      /repoURL: .*a web address with a log-in/,
    ],
    "a private key in a ConfigMap": [
      "kubernetes:core/v1:ConfigMap",
      { data: { "tls.pem": "-----BEGIN EC PRIVATE KEY-----\nMH…" } },
      /a private key/,
    ],
    "a line of configuration": [
      "kubernetes:core/v1:ConfigMap",
      { data: { "a.yaml": "user: me\n  db_password: hunter2\n" } },
      /a line that sets a credential/,
    ],
    "an argument": [
      "kubernetes:core/v1:Pod",
      { spec: { containers: [{ args: ["--listen", "--api-token=hunter2"] }] } },
      /args\[1\]: .*an argument/,
    ],
    "an argument that follows its option": [
      "kubernetes:apps/v1:StatefulSet",
      { spec: { template: { spec: { initContainers: [{ args: ["--api-token", "hunter2"] }] } } } },
      /initContainers\[0\]\.args\[1\]: .*an argument/,
    ],
    "a line for a shell that sets a variable": [
      "kubernetes:apps/v1:DaemonSet",
      {
        spec: {
          template: { spec: { containers: [{ command: ["sh", "-c", "cd /; PGPASSWORD=hunter2 psql"] }] } },
        },
      },
      /command\[2\]: .*an argument/,
    ],
    "a line for a shell with an option": [
      "kubernetes:batch/v1:CronJob",
      { spec: { args: ["tool -v --password hunter2 run"] } },
      /args\[0\]: .*an argument/,
    ],
    "a header with a token": [
      "kubernetes:core/v1:Pod",
      { spec: { containers: [{ args: ["-H", "Authorization: Bearer hunter2hunter2hunter2"] }] } },
      /a bearer token/,
    ],
    "a short name for a password": [
      "kubernetes:core/v1:Pod",
      environment({ name: "SMTP_PASS", value: "hunter2" }),
      /SMTP_PASS: .*a plain text/,
    ],
    "a key by its name": [
      "kubernetes:core/v1:Pod",
      environment({ name: "LITELLM_MASTER_KEY", value: "hunter2" }),
      /LITELLM_MASTER_KEY: .*a plain text/,
    ],
    "a role's password that the state would hold in plain": [
      "postgresql:index/role:Role",
      { password: "hunter2" },
      /^password: .*pulumi\.secret/,
    ],
  };
  for (const [name, [type, props, message]] of Object.entries(broken)) {
    test(`stops ${name}, and does not repeat it`, () => {
      const problems = look(type, props);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", message);
      assert.doesNotMatch(problems[0] ?? "", /hunter2|a1a1/);
    });
  }

  test("finds a copy of a secret, also encoded, whether it was declared before the secret or after", () => {
    const secret = declared("postgresql:index/role:Role", { password: new Secret("canary-4711-canary") });
    const copy = (text: string) =>
      declared("kubernetes:core/v1:ConfigMap", { data: { motto: text } }, { urn: text });
    const watch = new SecretWatch();
    assert.deepEqual(watch.look(copy("say canary-4711-canary!")), []);
    assert.deepEqual(watch.look(secret), []);
    assert.match(
      watch.look(copy(Buffer.from("canary-4711-canary").toString("base64"))).join(),
      /^data\.motto: /,
    );
    const late = watch.late();
    assert.equal(late.length, 1, "each place is reported once");
    assert.match(late[0]?.problem ?? "", /^data\.motto: /);
  });

  test("does not take where something is for a secret", () => {
    for (const place of ["/tmp/sandbox-4711/kubeconfig", "https://cluster-1.example:6443"]) {
      const watch = new SecretWatch();
      watch.look(declared("a:b:C", { kubeconfig: new Secret(place) }));
      assert.deepEqual(watch.look(declared("a:b:C", { kubeconfig: place })), []);
    }
  });

  test("does not take a user's name for a copy of the same name in a Secret", () => {
    const watch = new SecretWatch();
    watch.look(
      declared("kubernetes:core/v1:Secret", { data: new Secret({ username: "bWVzaC1zaXgtdXNlcg==" }) }),
    );
    assert.deepEqual(watch.look(declared("postgresql:index/role:Role", { name: "mesh-six-user" })), []);
  });
});
