import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Cluster } from "../../../operations/doctor/cluster/cluster.ts";
import { lookAtOtherStacks } from "../../../operations/doctor/cluster/otherStacks.ts";
import type { Stack } from "../../../operations/doctor/stack.ts";
import { read } from "../settings/settingsOf.ts";

const labels = { "app.kubernetes.io/part-of": "mesh-six", "app.kubernetes.io/managed-by": "pulumi" };
const namespace = (name: string, stack?: string) => ({
  metadata: { name, labels, annotations: stack === undefined ? {} : { "mesh-six/stack": stack } },
});
const encoded = (url: string) => ({ data: { url: Buffer.from(url).toString("base64") } });
const resource = (kind: string, name: string) => ({ kind, name, namespaced: name !== "namespaces" });

/** Another stack's namespace, all of it production's but for what is changed. */
function inNamespace(
  changes: Partial<Record<"prefix" | "rabbitmq" | "database" | "host" | "board", string>>,
) {
  const {
    prefix = "mesh-six:",
    rabbitmq = "amqp://u:canary@rabbitmq-amqp.k3s.bto.bar:5672",
    database = "postgresql://u:canary@pgsql.k3s.bto.bar:5432/mesh_six",
    host = "mesh-six.bto.bar",
    board = "PVT_1",
  } = changes;
  const metadata = [
    { name: "redisHost", value: "redis-master.redis-system:6379" },
    { name: "keyPrefix", value: prefix },
  ];
  const env = [{ name: "GITHUB_PROJECT_ID", value: board }];
  const at = "namespaces/other";
  return {
    [`/apis/dapr.io/v1alpha1/${at}/components`]: {
      // Dapr requires no spec.
      items: [{ metadata: {} }, { metadata: {}, spec: { type: "state.redis", metadata } }],
    },
    [`/apis/traefik.io/v1alpha1/${at}/ingressroutes`]: {
      items: [{ metadata: {}, spec: { routes: [{ match: `Host(\`${host}\`) && PathPrefix(\`/x\`)` }] } }],
    },
    [`/apis/apps/v1/${at}/deployments`]: {
      items: [{ metadata: {}, spec: { template: { spec: { containers: [{ env }] } } } }],
    },
    [`/api/v1/${at}/secrets/rabbitmq-secret`]: encoded(rabbitmq),
    [`/api/v1/${at}/secrets/postgres-secret`]: encoded(database),
  };
}

const apart = {
  prefix: "dev:",
  rabbitmq: "amqp://u:canary@rabbitmq-amqp.k3s.bto.bar:5672/dev",
  database: "postgresql://u:canary@pgsql.k3s.bto.bar:5432/dev",
  host: "dev.bto.bar",
  board: "PVT_2",
};

describe("doctor's look at other stacks", () => {
  let server: Server;
  let cluster: Cluster;
  let objects: Record<string, unknown> = {};
  before(async () => {
    server = createServer((request, response) => {
      const path = (request.url ?? "").split("?")[0]!;
      const answer = objects[path];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    cluster = {
      access: { server: `http://127.0.0.1:${String(port)}`, options: {} },
      kinds: [],
      local: true,
    };
  });
  after(() => server.close());

  const served = {
    "/api/v1": { resources: [resource("Namespace", "namespaces"), resource("Secret", "secrets")] },
    "/apis/apps/v1": { resources: [resource("Deployment", "deployments")] },
    "/apis/dapr.io/v1alpha1": { resources: [resource("Component", "components")] },
    "/apis/traefik.io/v1alpha1": { resources: [resource("IngressRoute", "ingressroutes")] },
    "/apis/argoproj.io/v1alpha1": { resources: [resource("Application", "applications")] },
  };
  const stack = { name: "prod", made: { boardIds: ["PVT_1"] } } as unknown as Stack;
  const look = (more: Record<string, unknown>, namespaces = [namespace("other", "dev")]) => {
    objects = { ...served, "/api/v1/namespaces": { items: namespaces }, ...more };
    return lookAtOtherStacks(read(), cluster, stack);
  };

  test("passes where there is none, and where there is one that shares nothing", async () => {
    const own = [namespace("mesh-six", "prod")];
    assert.deepEqual((await look({}, own)).detail, "no other stack in this cluster");
    const { status, detail } = await look(inNamespace(apart));
    assert.deepEqual([status, detail], ["pass", "apart from stack dev in namespace other"]);
  });

  for (const [what, key, said, setting] of [
    [
      "keys in Redis",
      "prefix",
      "keys in Redis (redis-master.redis-system:6379 mesh-six:)",
      "daprStatePrefix",
    ],
    ["queues", "rabbitmq", "queues in RabbitMQ (rabbitmq-amqp.k3s.bto.bar:5672 /)", "rabbitmqVirtualHost"],
    ["a database", "database", "database pgsql.k3s.bto.bar:5432/mesh_six", "databaseName"],
    ["a host", "host", "routes of mesh-six.bto.bar", "ingressHost"],
    ["a board", "board", "board PVT_1", "mesh-six:repositories"],
  ] as const) {
    test(`fails where two share ${what}, and names the setting`, async () => {
      const { status, detail, remedy } = await look(inNamespace({ ...apart, [key]: undefined }));
      assert.equal(status, "fail");
      assert.equal(detail, `expected ${said} to be this stack's alone, got stack dev in namespace other too`);
      assert.ok(remedy.includes(setting), remedy);
      assert.doesNotMatch(detail + remedy, /canary/);
    });
  }

  test("knows a stack made by a version that did not name it, by its namespace", async () => {
    const { detail } = await look(inNamespace({}), [namespace("other")]);
    assert.match(detail, /got a stack in namespace other too/);
  });

  test("fails where the namespace or the Application is another stack's", async () => {
    const { status, detail } = await look({
      "/api/v1/namespaces/mesh-six": namespace("mesh-six", "dev"),
      "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/mesh-six": namespace("mesh-six", "dev"),
    });
    assert.equal(status, "fail");
    assert.match(detail, /Namespace mesh-six of stack dev, Application mesh-six of stack dev/);
  });
});
