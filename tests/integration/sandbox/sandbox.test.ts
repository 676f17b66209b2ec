import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { readWishes } from "../../../sandbox/engine/pluginChoice.ts";
import { isAlive, TestSandbox } from "../../support/engine/sandbox.ts";

/** Writes the API server has carried out (dry runs aside), those of its own housekeeping left out. */
async function countWrites(sandbox: TestSandbox): Promise<number> {
  const metrics = await sandbox.kubectl("get", "--raw", "/metrics");
  const housekeeping =
    /resource="(leases|events|subjectaccessreviews|tokenreviews|selfsubjectaccessreviews)"/;
  const token = /subresource="token"/;
  return metrics
    .split("\n")
    .filter((line) =>
      /^apiserver_request_total\{.*verb="(POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION)"/.test(line),
    )
    .filter((line) => line.includes('dry_run=""') && !housekeeping.test(line) && !token.test(line))
    .reduce((sum, line) => sum + Number(line.split(" ").pop()), 0);
}

/** The same, once what controllers still do after an operation has come to rest. */
async function countWritesAtRest(sandbox: TestSandbox): Promise<number> {
  for (let last = -1; ; await sleep(1_000)) {
    const count = await countWrites(sandbox);
    if (count === last) return count;
    last = count;
  }
}

describe("a sandbox from nothing to destroyed", () => {
  let sandbox: TestSandbox;
  before(async () => {
    sandbox = await TestSandbox.create();
  });
  after(() => sandbox.close());

  test("has nothing to show before the first start", async () => {
    const outcome = await sandbox.run(["status", "--json"]);
    assert.equal(outcome.code, 1);
    assert.deepEqual((JSON.parse(outcome.stdout) as { running: boolean }).running, false);
  });

  test("up starts every service and converges the program", async () => {
    const { changes, succeeded } = await sandbox.operate("up");
    assert.equal(succeeded, true);
    assert.ok((changes["create"] ?? 0) > 20, JSON.stringify(changes));
    const namespace = await sandbox.object("namespace", "mesh-six");
    assert.equal(namespace.metadata.labels?.["app.kubernetes.io/part-of"], "mesh-six");
    const databases = await sandbox.rows("SELECT datname FROM pg_database WHERE datname = 'mesh_six'");
    assert.equal(databases.length, 1);
  });

  test("status tells where everything is", async () => {
    const status = await sandbox.status();
    assert.equal(status.running, true);
    assert.deepEqual(Object.keys(status.pids).sort(), Object.keys(status.services).sort());
    const answer = await fetch(`${status.githubUrl}/api/v3/orgs/bto-labs`, {
      headers: { authorization: `Bearer ${status.githubToken}` },
    });
    assert.equal(answer.status, 200);
    const wishes = readWishes(process.env["MESH_SIX_PLUGINS"] ?? "");
    for (const [name, source] of Object.entries(status.plugins)) {
      const wish = wishes[name as keyof typeof wishes];
      if (wish !== "auto") assert.equal(source === "stand-in", wish === "stand-in", name);
    }
    const together = Object.values(status.services).reduce((sum, { memory = 0 }) => sum + memory, 0);
    assert.ok(together < 1.5 * 1024 ** 3, `${String(Math.round(together / 1024 / 1024))} MB`);
  });

  test("preview after up shows nothing, and the database's log says that it wrote nothing", async () => {
    const position = () => sandbox.rows("SELECT pg_current_wal_insert_lsn()::text AS lsn");
    // A checkpoint of the server's own may fall into one of them.
    for (let left = 3; left > 0; left -= 1) {
      const before = await position();
      const { changes } = await sandbox.operate("preview", "--expect-no-changes");
      assert.deepEqual(Object.keys(changes), ["same"]);
      if (isDeepStrictEqual(await position(), before)) return;
    }
    assert.fail("each of three previews moved the position of the server's log");
  });

  test("up again changes nothing and writes nothing to the cluster", async () => {
    const before = await countWritesAtRest(sandbox);
    const { changes } = await sandbox.operate("up", "--expect-no-changes");
    assert.deepEqual(Object.keys(changes), ["same"]);
    assert.equal(await countWrites(sandbox), before);
  });

  test("shows changes by hand as drift on refresh, and the next up puts them right", async () => {
    const patch = '[{"op":"replace","path":"/spec/routes/0/match","value":"Host(`elsewhere.example`)"}]';
    await sandbox.kubectl("patch", "ingressroute", "dashboard", "-n", "mesh-six", "--type=json", "-p", patch);
    const refreshed = await sandbox.operate("refresh");
    assert.equal(refreshed.changes["update"], 1, JSON.stringify(refreshed.changes));
    const { changes } = await sandbox.operate("up");
    assert.equal(changes["update"], 1, JSON.stringify(changes));
    const route = await sandbox.object("ingressroute", "dashboard", "-n", "mesh-six");
    assert.match(JSON.stringify(route.spec), /Host\(`mesh-six\.bto\.bar`\)/);
  });

  test("makes again by up --refresh what was deleted by hand", async () => {
    await sandbox.kubectl("delete", "service", "dashboard", "-n", "mesh-six");
    const { changes } = await sandbox.operate("up", "--refresh");
    assert.equal(changes["create"], 1, JSON.stringify(changes));
    await sandbox.object("service", "dashboard", "-n", "mesh-six");
  });

  test("down stops exactly its own processes, and up finds everything as it was", async () => {
    const status = await sandbox.status();
    const { metadata } = await sandbox.object("namespace", "mesh-six");
    const outcome = await sandbox.run(["down"]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.deepEqual(Object.values(status.pids).filter(isAlive), []);
    await sandbox.operate("up", "--expect-no-changes");
    const again = await sandbox.status();
    assert.equal((await sandbox.object("namespace", "mesh-six")).metadata.uid, metadata.uid);
    assert.equal(again.databaseUrl, status.databaseUrl);
    assert.equal(again.githubUrl, status.githubUrl);
  });

  test("destroy removes what the program made and leaves the services running", async () => {
    await sandbox.operate("destroy");
    const namespaces = await sandbox.kubectl("get", "namespaces", "-o", "name");
    assert.doesNotMatch(namespaces, /namespace\/mesh-six$/m);
    assert.deepEqual(await sandbox.rows("SELECT datname FROM pg_database WHERE datname = 'mesh_six'"), []);
    assert.equal((await sandbox.status()).running, true);
  });

  test("converges a cluster, a database and a GitHub that someone brings, and starts none of its own", async (context) => {
    const brought = await sandbox.status();
    const other = await TestSandbox.create();
    context.after(() => other.close());
    const url = new URL(brought.databaseUrl);
    const password = decodeURIComponent(url.password);
    url.password = "";
    const services = ["--kubeconfig", brought.kubeconfig, "--database-url", url.href];
    const allowed = Object.values(brought.plugins).includes("stand-in") ? ["--allow-stand-ins"] : [];
    const outcome = await other.run(["up", ...services, "--github-url", brought.githubUrl, ...allowed], {
      PGPASSWORD: password,
      GITHUB_TOKEN: brought.githubToken,
    });
    assert.equal(outcome.code, 0, outcome.stderr);
    await sandbox.object("deployment", "dashboard", "-n", "mesh-six");
    const rows = await sandbox.rows("SELECT service_name FROM repo_registry");
    assert.deepEqual(rows, [{ service_name: "gwa-test-app" }]);
    const own = Object.keys((await other.status()).pids);
    assert.ok(
      !["etcd", "kube-apiserver", "postgres", "github"].some((name) => own.includes(name)),
      own.join(),
    );
    await other.operate("up", "--expect-no-changes", ...allowed);
    await other.operate("destroy", ...allowed);
  });
});
