import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test, type TestContext } from "node:test";
import { Database } from "../../sandbox/emulators/meshSix/services/eventLog.ts";
import type { Fault } from "../../sandbox/emulators/meshSix/faults.ts";
import type { Call, Handler } from "../../sandbox/emulators/meshSix/transport/http.ts";
import { Logs } from "../../sandbox/emulators/meshSix/transport/log.ts";
import { serviceHandler } from "../../sandbox/emulators/meshSix/services/services.ts";
import type { System } from "../../sandbox/emulators/meshSix/system.ts";
import { eventLogDatabase } from "../support/postgres/eventLog.ts";
import { startPostgres, type TestPostgres } from "../support/postgres/postgres.ts";

const history = readFileSync(new URL("../../migrations/001_agent_task_history.sql", import.meta.url), "utf8");

let server: TestPostgres;
before(async () => void (server = await startPostgres()));
after(() => server.close());

async function start(context: TestContext, ...faults: Fault[]) {
  const gone = new Set<string>();
  const alive = (service: string) => !gone.has(service);
  const everything = "CREATE TABLE mesh_six_events_all PARTITION OF mesh_six_events DEFAULT";
  const url = await eventLogDatabase(server, history, everything);
  const folder = mkdtempSync(join(tmpdir(), "mesh-six-simulated-"));
  const set = new Set(faults);
  const cluster: System["cluster"] = {
    components: () => Promise.resolve([]),
    environment: () => Promise.resolve({}),
    plainEnvironment: () => Promise.resolve({}),
    secret: () => Promise.resolve(url),
  };
  const logs = new Logs(folder);
  logs.open("simple-agent");
  const database = new Database(cluster, set);
  context.after(async () => {
    await database.close();
    await logs.close();
    rmSync(folder, { recursive: true });
  });
  const system: System = {
    cluster,
    database,
    logs,
    live: { url: "ws://127.0.0.1:1/ws", publish: () => Promise.resolve() },
    faults: set,
    version: () => undefined,
    alive,
    githubUrl: "http://127.0.0.1:1",
    pace: 0,
  };
  return { url, system, logs, gone, service: (name: string) => serviceHandler(system, name, {}) };
}

async function ask<T>(service: Handler, method: string, path: string, body?: object): Promise<T> {
  const call: Call = { method, path, host: undefined, headers: {}, body: JSON.stringify(body ?? null) };
  const answer = await service(call);
  return JSON.parse(answer?.body ?? "null") as T;
}

const query = (said: string, userId = "u1") => ({
  capability: "general-query",
  payload: { query: said, userId },
  priority: 5,
  timeout: 30,
});

/** Waits until the task is no longer active; a task that never ends fails by the test's own time. */
async function done(orchestrator: Handler, taskId: string): Promise<void> {
  while ((await orchestrator({ ...request, path: `/tasks/${taskId}` }))?.status !== 404) await sleep(10);
}
const request: Call = { method: "GET", path: "/", host: undefined, headers: {}, body: "" };

async function dispatch(orchestrator: Handler, task: object): Promise<string> {
  const { taskId } = await ask<{ taskId: string }>(orchestrator, "POST", "/tasks", task);
  await done(orchestrator, taskId);
  return taskId;
}

describe("the simulated orchestrator", () => {
  test("gives a task to the best agent and records what came of it under the task's id", async (context) => {
    const { url, service } = await start(context);
    const id = await dispatch(service("orchestrator"), query("hello"));
    assert.deepEqual(
      await server.rows("SELECT id, agent_id, capability, success FROM agent_task_history", url),
      [{ id, agent_id: "simple-agent", capability: "general-query", success: true }],
    );
    const events = await server.rows<{ event_type: string }>("SELECT event_type FROM mesh_six_events", url);
    assert.deepEqual(
      new Set(events.map(({ event_type }) => event_type)),
      new Set(["state.transition", "llm.call", "llm.response"]),
    );
  });

  test("leaves a task undone whose agent has no Pod", async (context) => {
    const { url, service, gone } = await start(context);
    gone.add("simple-agent");
    await dispatch(service("orchestrator"), query("hello"));
    assert.deepEqual(await server.rows("SELECT id FROM agent_task_history", url), []);
  });

  test("ranks argocd-deployer above kubectl-deployer, and the other way round by fault", async (context) => {
    const best = async (...faults: Fault[]) => {
      const { service } = await start(context, ...faults);
      type Scores = { scores: { agentId: string }[] };
      const { scores } = await ask<Scores>(service("orchestrator"), "GET", "/agents/score/deploy-service");
      return scores[0]?.agentId;
    };
    assert.equal(await best(), "argocd-deployer");
    assert.equal(await best("score-swapped"), "kubectl-deployer");
  });

  test("refuses what is no task", async (context) => {
    const { service } = await start(context);
    const answer = await service("orchestrator")({ ...request, method: "POST", path: "/tasks", body: "{}" });
    assert.equal(answer?.status, 400);
  });
});

describe("the simulated simple-agent", () => {
  async function logOf(context: TestContext, ...faults: Fault[]): Promise<string> {
    const { service, logs } = await start(context, ...faults);
    const orchestrator = service("orchestrator");
    const user = `user-${faults.join("-")}`;
    await dispatch(orchestrator, query("My favourite language is TypeScript", user));
    await dispatch(orchestrator, query("Which is my favourite language?", user));
    await logs.close();
    return readFileSync(logs.path("simple-agent"), "utf8");
  }

  test("finds what the same user said before", async (context) => {
    assert.match(await logOf(context), /Found 1 relevant memories for user user-\n/);
  });

  test("forgets it by fault", async (context) => {
    assert.doesNotMatch(await logOf(context, "memory-lost"), /Found/);
  });
});

describe("the simulated event log", () => {
  test("lacks one kind of event by fault, also what earlier runs wrote of it", async (context) => {
    const { url, system, service } = await start(context, "events-missing-llm.call");
    await server.rows(
      `INSERT INTO mesh_six_events (trace_id, agent_id, event_type, payload)
       SELECT 't', 'a', type, '{}' FROM unnest(ARRAY['llm.call', 'llm.response']) type`,
      url,
    );
    await system.database.prepare();
    await dispatch(service("orchestrator"), query("hello"));
    const rows = await server.rows<{ event_type: string; count: string }>(
      "SELECT event_type, count(*) FROM mesh_six_events GROUP BY 1 ORDER BY 1",
      url,
    );
    assert.deepEqual(rows, [
      { event_type: "llm.response", count: "2" },
      { event_type: "state.transition", count: "2" },
    ]);
  });
});

describe("the simulated cost-tracker", () => {
  const task = { capability: "cost-reporting", payload: { period: "today" } };

  test("takes a task in Dapr's envelope and without it", async (context) => {
    const { service } = await start(context);
    for (const body of [task, { data: task }]) {
      assert.deepEqual(await ask(service("cost-tracker"), "POST", "/tasks", body), { status: "SUCCESS" });
    }
  });

  test("answers 503 by fault", async (context) => {
    const { service } = await start(context, "cost-tracker-down");
    const answer = await service("cost-tracker")({
      ...request,
      method: "POST",
      path: "/tasks",
      body: JSON.stringify(task),
    });
    assert.equal(answer?.status, 503);
  });
});
