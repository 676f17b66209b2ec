import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { parse } from "yaml";
import { readArguments } from "../../../sandbox/cli/arguments.ts";
import { Database } from "../../../sandbox/emulators/meshSix/services/eventLog.ts";
import type { Fault } from "../../../sandbox/emulators/meshSix/faults.ts";
import type { Call, Handler } from "../../../sandbox/emulators/meshSix/transport/http.ts";
import { Logs } from "../../../sandbox/emulators/meshSix/transport/log.ts";
import { podNetwork } from "../../../sandbox/emulators/meshSix/transport/network.ts";
import { sidecar } from "../../../sandbox/emulators/meshSix/transport/sidecar.ts";
import type { System } from "../../../sandbox/emulators/meshSix/system.ts";
import { webhookReceiver } from "../../../sandbox/emulators/meshSix/services/webhookReceiver.ts";
import { writeStackFile } from "../../../sandbox/engine/stackFile.ts";
import { stackSettings } from "../../../sandbox/engine/stackSettings.ts";
import { readSimulation } from "../../../sandbox/cli/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "mesh-six-simulated-"));
after(() => {
  rmSync(folder, { recursive: true });
});

function systemWith(...faults: Fault[]): System {
  const component = (name: string, scopes?: string[]) => ({
    metadata: { name },
    spec: { type: "state.redis", version: "v1" },
    ...(scopes ? { scopes } : {}),
  });
  const cluster: System["cluster"] = {
    components: () =>
      Promise.resolve([component("agent-outbox"), component("actor-statestore", ["project-manager"])]),
    environment: () => Promise.resolve({}),
    plainEnvironment: () => Promise.resolve({}),
    secret: () => Promise.resolve("the secret"),
  };
  const set = new Set(faults);
  return {
    cluster,
    database: new Database(cluster, set),
    logs: new Logs(folder),
    live: { url: "ws://127.0.0.1:1/ws", publish: () => Promise.resolve() },
    faults: set,
    version: () => undefined,
    alive: () => true,
    githubUrl: "http://127.0.0.1:1",
    pace: 0,
  };
}

const get = (path: string, host?: string): Call => ({ method: "GET", path, host, headers: {}, body: "" });

async function loaded(service: string, ...faults: Fault[]): Promise<string[]> {
  const answer = await sidecar(systemWith(...faults), service, new Map())(get("/v1.0/metadata"));
  const { components } = JSON.parse(answer?.body ?? "") as { components: { name: string }[] };
  return components.map(({ name }) => name);
}

describe("the simulated sidecar", () => {
  test("has loaded the Components of its namespace that are scoped to its service", async () => {
    assert.deepEqual(await loaded("project-manager"), ["agent-outbox", "actor-statestore"]);
    assert.deepEqual(await loaded("cost-tracker"), ["agent-outbox"]);
  });

  test("lacks one by fault", async () => {
    assert.deepEqual(await loaded("project-manager", "component-missing"), ["actor-statestore"]);
  });
});

describe("a command within a simulated Pod", () => {
  const saying =
    (word: string): Handler =>
    () => ({ status: 200, type: "text/plain", body: word });
  const services = new Map([
    ["orchestrator", saying("orchestrator")],
    ["simple-agent", saying("simple-agent")],
  ]);
  const ask = podNetwork("orchestrator", services, new Map([["orchestrator", saying("sidecar")]]));

  for (const [host, expected] of [
    ["localhost:3000", "orchestrator"],
    ["127.0.0.1:3500", "sidecar"],
    ["simple-agent", "simple-agent"],
    ["simple-agent.mesh-six.svc.cluster.local", "simple-agent"],
  ] as const) {
    test(`reaches ${expected} as ${host}`, async () => {
      assert.equal((await ask(get("/", host)))?.body, expected);
    });
  }

  test("does not reach what is no Service of the cluster", async () => {
    assert.equal((await ask(get("/", "example.org")))?.status, 502);
  });
});

describe("the simulated webhook receiver", () => {
  function delivery(to: string, change: { secret?: string; id?: string } = {}): Call {
    const body = JSON.stringify({
      projects_v2_item: { node_id: "PVTI_1", content_type: "Issue" },
      changes: { field_value: { field_name: "Status", to: { name: to } } },
    });
    const signature = createHmac("sha256", change.secret ?? "the secret")
      .update(body)
      .digest("hex");
    const headers = {
      "x-github-event": "projects_v2_item",
      "x-github-delivery": change.id ?? "1",
      "x-hub-signature-256": `sha256=${signature}`,
    };
    return { method: "POST", path: "/webhooks/github", host: undefined, headers, body };
  }

  test("takes up a card that is put into Todo, once for each delivery", async () => {
    const taken: string[] = [];
    const receive = webhookReceiver(systemWith(), (id) => taken.push(id));
    await receive(delivery("Todo"));
    await receive(delivery("Todo"));
    await receive(delivery("Planning", { id: "2" }));
    assert.deepEqual(taken, ["PVTI_1"]);
  });

  test("refuses a delivery that is signed with another secret", async () => {
    const taken: string[] = [];
    const receive = webhookReceiver(systemWith(), (id) => taken.push(id));
    assert.equal((await receive(delivery("Todo", { secret: "another" })))?.status, 401);
    assert.deepEqual(taken, []);
  });
});

test("a service's log has the form the container runtime interface gives it", async () => {
  const logs = new Logs(folder);
  logs.open("cost-tracker");
  logs.write("cost-tracker", "hello");
  await logs.close();
  assert.match(
    readFileSync(logs.path("cost-tracker"), "utf8"),
    /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z stdout F \[cost-tracker\] hello\n$/,
  );
});

describe("the command line", () => {
  test("names the nearest fault to one that does not exist", () => {
    assert.throws(() => readSimulation({ fault: ["score-swaped"] }), {
      message: 'There is no fault "score-swaped": did you mean "score-swapped"?',
    });
  });

  test("hands what follows a further -- on to the suite", () => {
    const line = readArguments(["e2e", "--fault", "stall-qa", "--", "--timeouts", "9"]) ?? assert.fail();
    const { command, operands, flags } = line;
    assert.equal(command, "e2e");
    assert.deepEqual(operands, ["--timeouts", "9"]);
    assert.deepEqual(readSimulation(flags), { faults: ["stall-qa"], pace: 2_000 });
  });

  test("takes faults only where something is simulated", () => {
    assert.throws(() => readArguments(["up", "--fault", "stall-qa"]), {
      message: "--fault and --pace go with smoke and e2e.",
    });
  });
});

describe("the sandbox's list of repositories, and whether they stay", () => {
  const path = join(folder, "Pulumi.sandbox.yaml");
  const settings = (testAppUrl: string) =>
    stackSettings(
      {
        kubeconfig: "/k",
        context: "c",
        database: { host: "127.0.0.1", port: 1, user: "postgres", password: "p" },
        github: { url: "http://127.0.0.1:2", token: "t", organization: "bto-labs" },
        testAppUrl,
      },
      (name) => name,
    );

  test("says that the test app is deployed within the sandbox", () => {
    writeStackFile(path, settings("http://127.0.0.1:3"), "passphrase");
    const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
    assert.deepEqual(config["mesh-six:repositories"], [
      {
        name: "gwa-test-app",
        description: "Bookmarks manager — mesh-six E2E test fixture",
        template: "gwa-test-app",
        deployUrl: "http://127.0.0.1:3",
      },
    ]);
  });

  test("is left as someone has changed it", () => {
    const edited = readFileSync(path, "utf8")
      .replace("name: gwa-test-app", "name: another")
      .replace('githubRetain: "false"', 'githubRetain: "true"');
    assert.match(edited, /githubRetain: "true"/);
    writeFileSync(path, edited);
    writeStackFile(path, settings("http://127.0.0.1:4"), "passphrase");
    assert.equal(readFileSync(path, "utf8"), edited);
  });
});
