import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { only, problems, read } from "./settingsOf.ts";

describe("labels and annotations of all objects", () => {
  test("are taken as they are, numbers as text", () => {
    const { objectMetadata } = read({
      commonLabels: '{"team":"agents","example.com/cost-centre":4711,"app.kubernetes.io/component":"infra"}',
      commonAnnotations: '{"example.com/contact":"infra@example.com, by day"}',
    });
    assert.deepEqual(objectMetadata, {
      labels: { team: "agents", "example.com/cost-centre": "4711", "app.kubernetes.io/component": "infra" },
      annotations: { "example.com/contact": "infra@example.com, by day" },
    });
  });

  for (const key of [
    "app",
    "mesh-six/stack",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/part-of",
    "argocd.argoproj.io/sync-options",
    "argocd.argoproj.io/hook",
    "pulumi.com/patchForce",
    "dapr.io/enabled",
    "kubectl.kubernetes.io/last-applied-configuration",
  ]) {
    test(`are refused under the reserved key ${key}`, () => {
      assert.match(
        only({ commonAnnotations: JSON.stringify({ [key]: "x" }) }),
        /expected a key that is not one of the program's.*got "[^"]+"; pulumi config rm --path/,
      );
      assert.match(only({ commonLabels: JSON.stringify({ [key]: "x" }) }), /pulumi config rm --path/);
    });
  }

  for (const [label, value] of [
    ["two words", "x"],
    ["team", "two words"],
    ["team", "x".repeat(64)],
    ["-team", "x"],
  ]) {
    test(`are refused as label ${label}: ${value}`, () => {
      assert.match(only({ commonLabels: JSON.stringify({ [label!]: value }) }), /^mesh-six:commonLabels/);
    });
  }
});

const everything = {
  entryPoints: ["websecure"],
  priority: undefined,
  middlewares: [],
  tls: { certResolver: "letsencrypt" },
};

describe("IngressRoutes", () => {
  test("are production's where nothing is set", () => {
    assert.deepEqual(read().ingress.routes, { dashboard: everything, "webhook-receiver": everything });
  });

  for (const [what, dashboard, expected] of [
    [
      "a Secret in place of the resolver",
      { tls: { secretName: "own-tls" } },
      { tls: { secretName: "own-tls" } },
    ],
    ["Traefik's default certificate", { tls: { certResolver: "" } }, { tls: {} }],
    ["another resolver", { tls: { certResolver: "internal" } }, { tls: { certResolver: "internal" } }],
    ["no TLS", { tls: { enabled: false }, entryPoints: ["web"] }, { tls: undefined, entryPoints: ["web"] }],
    [
      "TLS options of another namespace and names",
      { tls: { options: { name: "modern", namespace: "traefik" }, domains: [{ main: "a.example" }] } },
      {
        tls: {
          certResolver: "letsencrypt",
          options: { name: "modern", namespace: "traefik" },
          domains: [{ main: "a.example", sans: [] }],
        },
      },
    ],
    [
      "middlewares and a priority",
      { priority: 12, middlewares: [{ name: "login", namespace: "auth" }, { name: "zip@file" }] },
      { priority: 12, middlewares: [{ name: "login", namespace: "auth" }, { name: "zip@file" }] },
    ],
  ] as const) {
    test(`have ${what} on one route alone`, () => {
      const { routes } = read({ ingressRoutes: JSON.stringify({ dashboard }) }).ingress;
      assert.deepEqual(routes.dashboard, { ...everything, ...expected });
      assert.deepEqual(routes["webhook-receiver"], everything);
    });
  }

  test("have Traefik's default certificate where no resolver is set", () => {
    assert.deepEqual(read({ ingressCertResolver: "" }).ingress.routes.dashboard.tls, {});
  });

  for (const [what, dashboard, path] of [
    ["a Secret and a resolver", { tls: { secretName: "a", certResolver: "b" } }, "tls.certResolver"],
    ["a Secret and names", { tls: { secretName: "a", domains: [{ main: "a.example" }] } }, "tls.domains"],
    ["no TLS and a Secret", { tls: { enabled: false, secretName: "a" } }, "tls.secretName"],
    ["no TLS and options", { tls: { enabled: false, options: { name: "a" } } }, "tls.options"],
    [
      "a namespace of another provider's middleware",
      { middlewares: [{ name: "a@file", namespace: "b" }] },
      "middlewares[0].namespace",
    ],
  ] as const) {
    test(`are refused with ${what}, naming what to remove`, () => {
      const full = `ingressRoutes.dashboard.${path}`;
      const line = only({ ingressRoutes: JSON.stringify({ dashboard }) });
      assert.ok(line.startsWith(`mesh-six:${full}: expected `), line);
      assert.ok(line.endsWith(`; pulumi config rm --path 'mesh-six:${full}'`), line);
    });
  }

  test("are refused under another name, with the nearest one", () => {
    assert.match(only({ ingressRoutes: '{"dashbord":{}}' }), /did you mean dashboard\?/);
  });

  test("ask for the address of the webhooks where their route has no TLS", () => {
    const ingressRoutes = JSON.stringify({ "webhook-receiver": { tls: { enabled: false } } });
    assert.match(only({ ingressRoutes }), /^mesh-six:githubWebhookUrl: expected .* no TLS, got nothing/);
    assert.equal(
      read({ ingressRoutes, githubWebhookUrl: "https://edge.example/hook" }).github.webhook.url,
      "https://edge.example/hook",
    );
  });
});

describe("further metadata of Dapr's Components", () => {
  test("is of both state stores, and each store's own goes before it", () => {
    const { metadata } = read({
      daprMetadata: JSON.stringify({
        redis: { enableTLS: true, redisDB: 1 },
        "actor-statestore": { RedisDB: 2, sentinelPassword: { secretName: "redis-secret", key: "sentinel" } },
      }),
    }).dapr;
    assert.deepEqual(metadata["agent-statestore"], [
      { name: "enableTLS", value: "true" },
      { name: "redisDB", value: "1" },
    ]);
    assert.deepEqual(metadata["actor-statestore"], [
      { name: "enableTLS", value: "true" },
      { name: "RedisDB", value: "2" },
      { name: "sentinelPassword", secretKeyRef: { name: "redis-secret", key: "sentinel" } },
    ]);
    assert.deepEqual(metadata["agent-pubsub"], []);
  });

  for (const [group, name, by] of [
    ["redis", "redisHost", "mesh-six:redisHost decides"],
    ["redis", "KEYPREFIX", "mesh-six:daprStatePrefix decides"],
    ["actor-statestore", "keyPrefix", "mesh-six:daprActorPrefix decides"],
    ["agent-pubsub", "hostname", "mesh-six:secrets.rabbitmq-secret decides"],
    ["agent-pubsub", "prefetchcount", "mesh-six:daprPubsub.prefetchCount decides"],
    ["agent-outbox", "actorStateStore", "the program decides"],
  ] as const) {
    test(`is refused as ${name} of ${group}`, () => {
      assert.equal(
        only({ daprMetadata: JSON.stringify({ [group]: { [name]: "x" } }) }),
        `mesh-six:daprMetadata.${group}.${name}: expected another name, got one that ${by}; ` +
          `pulumi config rm --path 'mesh-six:daprMetadata.${group}.${name}'`,
      );
    });
  }

  test("is refused twice under one name, whatever the case", () => {
    assert.match(only({ daprMetadata: '{"redis":{"enableTLS":true,"enabletls":false}}' }), /each name once/);
  });

  test("is refused as a secret in clear, which no message shows", () => {
    const all = problems({ daprMetadata: '{"redis":{"sentinelPassword":"canary-clear"}}' });
    assert.match(all[0]!, /expected a Secret's key as \{secretName, key\}, got a value in clear/);
  });

  test("leaves room for several hosts of Redis", () => {
    assert.equal(read({ redisHost: "a:26379,b:26379" }).dapr.redisHost, "a:26379,b:26379");
    assert.match(only({ redisHost: "a:26379, b:26379" }), /HOST:PORT/);
  });
});
