import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { preflight, type PreflightArgs } from "../../../preflight/preflight.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres/postgres.ts";

const password = "p@:/%' word";
const folder = mkdtempSync(join(tmpdir(), "preflight-"));
/** Answers by path, as an API server gives them; all else is 404. */
const answers: Record<string, unknown> = {};
const requests: string[] = [];
const apiServer = createServer((request, response) => {
  requests.push(request.url ?? "");
  const allowed = request.headers.authorization === "Bearer right";
  const answer = answers[request.url ?? ""];
  response.writeHead(allowed ? (answer === undefined ? 404 : 200) : 401, {
    "content-type": "application/json",
  });
  response.end(JSON.stringify(answer ?? {}));
});
let postgres: TestPostgres;

const served = (group: string, version: string, ...kinds: string[]) => ({
  metadata: { name: group },
  versions: [{ version, resources: kinds.map((kind) => ({ responseKind: { kind } })) }],
});
const discovery = {
  items: [
    served("dapr.io", "v1alpha1", "Component", "Resiliency"),
    served("traefik.containo.us", "v1alpha1", "IngressRoute"),
  ],
};
const component = { group: "dapr.io", version: "v1alpha1", kind: "Component", remedy: "install Dapr" };
const route = (group: string) => ({
  group,
  version: "v1alpha1",
  kind: "IngressRoute",
  remedy: "install Traefik",
});

function kubeconfig(name: string, options: { token?: string; server?: string } = {}): string {
  const path = join(folder, name);
  const server = options.server ?? `http://127.0.0.1:${(apiServer.address() as AddressInfo).port}`;
  writeFileSync(
    path,
    `{"clusters": [{"name": "c", "cluster": {"server": "${server}"}}],
      "users": [{"name": "u", "user": {"token": "${options.token ?? "right"}"}}],
      "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}], "current-context": "one"}`,
  );
  return path;
}

function args(changes: Partial<PreflightArgs> = {}, database: Record<string, unknown> = {}): PreflightArgs {
  return {
    ...{ enabled: true, adopt: false, namespace: "mesh-six", isOwn: () => true },
    cluster: { kubeconfig: kubeconfig("usual"), context: "" },
    kinds: [component],
    kindsOfIngress: [route("traefik.io"), route("traefik.containo.us")],
    secrets: {},
    database: {
      host: "127.0.0.1",
      port: postgres.port,
      sslMode: "disable",
      adminDatabase: "postgres",
      adminUser: "admin",
      adminPassword: password,
      adminSuperuser: true,
      vector: false,
      user: "mesh_six",
      name: "mesh_six",
      ...database,
    },
    github: { baseUrl: "", token: "", organization: "bto-labs", repositories: [], webhook: false },
    ...changes,
  };
}

async function refusal(given: PreflightArgs): Promise<string[]> {
  try {
    await preflight(given);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error));
    assert.equal(error.message.includes(password), false, "no message shows the password");
    const [head, ...lines] = error.message.split("\n");
    assert.equal(head, "Nothing was changed:");
    return lines;
  }
  assert.fail("expected a refusal");
}

const redis = {
  source: "cluster",
  kind: "opaque",
  namespace: "redis-system",
  name: "redis",
  keys: { password: "password" },
} as const;

before(async () => {
  answers["/apis"] = discovery;
  await new Promise<void>((resolve) => apiServer.listen(0, "127.0.0.1", resolve));
  postgres = await startPostgres();
  await postgres.rows(`create role admin superuser login password '${password.replaceAll("'", "''")}'`);
  await postgres.rows(`create role modest login password 'modest'`);
  await postgres.rows(`create role maker createdb createrole login password 'maker'`);
});

after(async () => {
  apiServer.close();
  apiServer.closeAllConnections();
  await postgres.close();
  rmSync(folder, { recursive: true });
});

test("finds what is there: the group of IngressRoute, role and database, with few questions", async () => {
  requests.length = 0;
  const found = await preflight(args());
  assert.deepEqual(found.ingressGroups, ["traefik.containo.us"]);
  assert.equal(found.database?.role, false);
  assert.equal(found.database.database, false);
  assert.deepEqual(requests, ["/apis"]);
  const taken = await preflight(args({}, { user: "modest", name: "postgres" }));
  assert.equal(taken.database?.role, true);
  assert.equal(taken.database.database, true);
});

test("reads the Secrets that sources name, as secrets", async () => {
  answers["/api/v1/namespaces/redis-system/secrets/redis"] = {
    data: { password: Buffer.from("ü@").toString("base64") },
  };
  const { readSecret } = await preflight(args({ secrets: { "redis-secret": redis } }));
  const data = readSecret("redis-system", "redis");
  assert.equal(await pulumi.isSecret(data), true);
  assert.deepEqual(await new Promise((resolve) => data.apply(resolve)), { password: "ü@" });
});

test("reports everything that is missing at once, each with its remedy", async () => {
  const application = {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    remedy: "install ArgoCD",
  };
  const old = { ...component, version: "v2" };
  const secrets = { "redis-secret": { ...redis, name: "gone" } };
  const lines = await refusal(
    args(
      { kinds: [application, old], kindsOfIngress: [route("traefik.io")], secrets },
      { adminPassword: "wrong" },
    ),
  );
  assert.equal(lines.length, 5, lines.join("\n"));
  const all = lines.join("\n");
  assert.match(
    all,
    /CRD Application: expected the cluster to serve argoproj\.io\/v1alpha1, got none; install ArgoCD/,
  );
  assert.match(all, /CRD Component: .*dapr\.io\/v2, got dapr\.io\/v1alpha1; install Dapr/);
  assert.match(all, /CRD IngressRoute: .*traefik\.io\/v1alpha1, got none; install Traefik/);
  assert.match(
    all,
    /Secret redis-system\/gone: expected to read it, got none; make it, or give another source/,
  );
  assert.match(all, /database admin@127\.0\.0\.1.*password authentication failed.*databaseAdminPassword/);
});

test("a copied Secret has to hold the keys its sources name, as text", async () => {
  const data = { password: Buffer.from("x"), jks: Buffer.from([0xfe, 0xed, 0xfe, 0xed]) };
  answers["/api/v1/namespaces/redis-system/secrets/redis"] = {
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString("base64")])),
  };
  const lines = async (...keys: string[]) => {
    const named = Object.fromEntries(keys.map((key) => [key, key]));
    return (await refusal(args({ secrets: { one: redis, other: { ...redis, keys: named } } }))).join("\n");
  };
  assert.match(
    await lines("user", "token"),
    /^ {2}- Secret redis-system\/redis: expected key user, token, got password, jks; put it there, or name the right key in mesh-six:secrets$/,
  );
  assert.match(
    await lines("jks"),
    /Secret redis-system\/redis: expected text in key jks, got binary content;/,
  );
});

test("a cluster out of reach is one problem, whatever is wanted of it", async () => {
  const kubeconfigOfNobody = kubeconfig("nobody", { server: "http://127.0.0.1:1" });
  const lines = await refusal(
    args({ cluster: { kubeconfig: kubeconfigOfNobody, context: "" }, secrets: { "redis-secret": redis } }),
  );
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(
    lines[0]!,
    /cluster http:\/\/127\.0\.0\.1:1: expected an answer, got .*ECONNREFUSED.*mesh-six:kubeconfig PATH/,
  );
});

test("a kubeconfig that is missing, malformed, without that context, or no longer valid is said so", async () => {
  const of = async (given: PreflightArgs["cluster"]) => (await refusal(args({ cluster: given }))).join("\n");
  assert.match(
    await of({ kubeconfig: join(folder, "none"), context: "" }),
    /expected a kubeconfig file, got none at .*none; pulumi config set/,
  );
  writeFileSync(join(folder, "malformed"), "clusters: [\n");
  assert.match(
    await of({ kubeconfig: join(folder, "malformed"), context: "" }),
    /expected YAML, got a syntax error in .*malformed/,
  );
  assert.match(
    await of({ kubeconfig: kubeconfig("usual"), context: "two" }),
    /one of the kubeconfig's contexts \(one\), got two/,
  );
  assert.match(
    await of({ kubeconfig: kubeconfig("expired", { token: "old" }), context: "" }),
    /got status 401; the kubeconfig's log-in is not valid/,
  );
});

test("refuses an admin without the rights, or one that is no superuser where the settings say so", async () => {
  const as = async (adminUser: string, changes: Record<string, unknown> = {}) =>
    (await refusal(args({}, { adminUser, adminPassword: adminUser, ...changes }))).join("\n");
  assert.match(
    await as("modest"),
    /expected one that can make roles and databases, got one without the right; alter role modest/,
  );
  assert.match(
    await as("maker"),
    /expected a superuser, got none; pulumi config set mesh-six:databaseAdminSuperuser false/,
  );
  await preflight(args({}, { adminUser: "maker", adminPassword: "maker", adminSuperuser: false }));
  assert.match((await refusal(args({}, { vector: true }))).join(), /extension vector .*install pgvector/);
  assert.match(await as("maker", { vector: true }), /expected a superuser.*\n.*extension vector/);
});

test("switched off, it asks nobody in a preview, and in a run for the Namespace alone", async () => {
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  for (const preview of [true, false]) {
    requests.length = 0;
    await pulumi.runtime.setMocks(mocks, "", "", preview);
    const { ingressGroups, database } = await preflight(args({ enabled: false }, { port: 1 }));
    assert.deepEqual([ingressGroups, database], [["traefik.io"], undefined]);
    assert.deepEqual(requests, preview ? [] : ["/api/v1/namespaces/mesh-six"]);
  }
});
