import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { parse, stringify } from "yaml";
import { writeStackFile } from "../../sandbox/engine/stackFile.ts";
import { synced } from "../support/cluster/applications.ts";
import { clusterOf, type TestCluster } from "../support/cluster/cluster.ts";
import { TestSandbox } from "../support/engine/sandbox.ts";

/*
 * Settings other than production's: another namespace and port, a database that exists already, and Secrets of
 * each of the four sources beyond the standard list.
 */
let sandbox: TestSandbox;
let cluster: TestCluster;
/** URL of the role, to its database. */
let url: URL;

function set(settings: Record<string, unknown>): void {
  const path = join(sandbox.directory, "Pulumi.sandbox.yaml");
  const file = parse(readFileSync(path, "utf8")) as {
    config: Record<string, Record<string, unknown>>;
  };
  for (const [key, value] of Object.entries(settings)) {
    const before = file.config[`mesh-six:${key}`];
    file.config[`mesh-six:${key}`] = (
      typeof value === "object" && !Array.isArray(value) ? { ...before, ...value } : value
    ) as Record<string, unknown>;
  }
  writeFileSync(path, stringify(file));
}

const role = { name: "we@ird", password: "p@:/%' ?#&" };
const database = "old mesh";
const login = { "default-user": "us er", "default-pass": "p@:/%'" };

before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("preview");
  const { kubectl, kubeconfig, databaseUrl, passphrase } = await sandbox.status();
  cluster = clusterOf([kubectl], kubeconfig);
  await sandbox.rows(`create role "${role.name}" login password '${role.password.replace("'", "''")}'`);
  await sandbox.rows(`create database "${database}" owner "${role.name}"`);
  url = new URL(databaseUrl);
  url.username = encodeURIComponent(role.name);
  url.password = encodeURIComponent(role.password);
  url.pathname = encodeURIComponent(database);
  url.search = "?sslmode=disable";
  const file = join(sandbox.directory, "Pulumi.sandbox.yaml");
  writeStackFile(file, { "mesh-six:databaseUrl": { value: url.href, secret: true } }, passphrase);
  const metadata = { name: "broker.login", namespace: "brokers" };
  await cluster.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "brokers" } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: login },
  );
});
after(() => sandbox.close());

/** The text of a Secret's key. */
async function text(name: string, key: string): Promise<string> {
  const { data } = await sandbox.object("secret", name, "-n", "staging");
  return Buffer.from(data?.[key] ?? "", "base64").toString();
}

test("a key that a copied Secret does not hold is named before anything is made", async () => {
  const from = { namespace: "brokers", name: "broker.login" };
  const keys = { username: "default-user", password: "pass" };
  const entry = (more: object) => ({ source: "cluster", kind: "amqp", from, ...more });
  set({
    namespace: "staging",
    databaseMode: "existing",
    dashboardPort: 8080,
    secrets: {
      "broker-secret": entry({ keys }),
      "session.key": { source: "generated", keys: ["key"], length: 64 },
      "vault-broker": { source: "vault", kind: "amqp", keys: ["username", "password"] },
    },
  });
  const outcome = await sandbox.run(["up", "--json"]);
  assert.notEqual(outcome.code, 0);
  assert.match(
    outcome.stdout,
    /Secret brokers\/broker\.login: expected key pass, got default-pass, default-user;/,
  );
  assert.doesNotMatch(await cluster.kubectl(["get", "namespaces", "-o", "name"]), /staging/);
  set({ secrets: { "broker-secret": entry({ keys: { ...keys, password: "default-pass" } }) } });
});

test("all of the system is in the other namespace, ArgoCD's part too", async () => {
  await sandbox.operate("up");
  const namespaces = await cluster.kubectl(["get", "namespaces", "-o", "name"]);
  assert.match(namespaces, /namespace\/staging$/m);
  assert.doesNotMatch(namespaces, /namespace\/mesh-six$/m);
  const live = await synced(cluster);
  assert.ok(
    live.status?.resources.some(({ kind, name }) => kind === "Deployment" && name === "orchestrator"),
  );
  for (const name of ["dashboard", "orchestrator"]) {
    await sandbox.object("deployment", name, "-n", "staging");
  }
  await sandbox.operate("up", "--refresh", "--expect-no-changes");
});

test("a database that is there is used as it is, by the login that was given", async () => {
  assert.equal(await text("postgres-secret", "url"), url.href);
  assert.equal(await text("postgres-secret", "username"), role.name);
  assert.equal(await text("postgres-secret", "password"), role.password);
  const owned = "select relowner::regrole::text as owner from pg_class where relname = 'repo_registry'";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query(owned).finally(() => client.end());
  assert.deepEqual(rows, [{ owner: `"${role.name}"` }]);
  assert.deepEqual(await sandbox.rows("select from pg_roles where rolname = 'mesh_six'"), []);
  const upkeep = await sandbox.object("cronjob", "event-partition-upkeep", "-n", "staging");
  assert.match(JSON.stringify(upkeep.spec), /"name":"PGDATABASE","value":"old mesh"/);
});

test("Secrets of every source are there", async () => {
  const broker = new URL(await text("broker-secret", "url"));
  assert.equal(decodeURIComponent(broker.username), login["default-user"]);
  assert.equal(decodeURIComponent(broker.password), login["default-pass"]);
  assert.match(await text("session.key", "key"), /^[A-Za-z0-9]{64}$/);
  const external = await sandbox.object("externalsecret", "vault-broker", "-n", "staging");
  const { target } = external.spec as { target: { template: { data: Record<string, string> } } };
  assert.match(target.template.data["url"] ?? "", /^amqp:\/\/\{\{ \.username/);
});

test("another port is the container's, the Service's and the route's", async () => {
  const route = await sandbox.object("ingressroute", "dashboard", "-n", "staging");
  assert.match(JSON.stringify(route.spec), /"port":8080/);
  const service = await sandbox.object("service", "dashboard", "-n", "staging");
  assert.match(JSON.stringify(service.spec), /"port":8080,"protocol":"TCP","targetPort":8080/);
});

test("a further Secret is no reason to replace the dashboard, not even in a preview", async () => {
  set({ secrets: { "further-secret": { source: "generated", keys: ["key"] } } });
  const { steps } = await sandbox.operate("preview");
  const changed = steps.filter(({ operation }) => !["same", "read"].includes(operation));
  const ofDashboard = changed.filter(({ name }) => name.startsWith("dashboard"));
  assert.deepEqual(ofDashboard, [], JSON.stringify(changed));
  assert.ok(changed.some(({ name }) => name === "further-secret"));
});

test("a stack may do without ArgoCD and without GitHub", async () => {
  set({ argocdEnabled: false, repositories: [], githubWebhook: false });
  await sandbox.operate("up");
  assert.equal((await cluster.kubectl(["get", "applications", "-n", "argocd", "-o", "name"])).trim(), "");
  await sandbox.object("deployment", "dashboard", "-n", "staging");
  await sandbox.operate("up", "--expect-no-changes");
});
