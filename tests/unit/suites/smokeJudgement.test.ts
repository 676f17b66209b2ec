import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1Pod } from "@kubernetes/client-node";
import { componentTroubles } from "../../smoke/judge/components.ts";
import { missingKinds } from "../../smoke/judge/events.ts";
import { gained, retrieval } from "../../smoke/judge/memories.ts";
import { isPage } from "../../smoke/judge/page.ts";
import { podTroubles } from "../../smoke/judge/pods.ts";
import { misranked, scores } from "../../smoke/judge/ranking.ts";
import { dispatched, failedTask, listedAgents, outcome, refusal, summary } from "../../smoke/judge/tasks.ts";

const answer = (status: number, json: unknown) => ({ status, json, text: JSON.stringify(json) });

describe("the judgement of pods", () => {
  const pod = (name: string, change: Partial<V1Pod> = {}): V1Pod => ({
    metadata: { name },
    status: {
      phase: "Running",
      containerStatuses: [{ name, ready: true, restartCount: 0, image: "i", imageID: "" }],
    },
    ...change,
  });
  const crashing = pod("a", {
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "a",
          ready: false,
          restartCount: 9,
          image: "i",
          imageID: "",
          state: { waiting: { reason: "CrashLoopBackOff" } },
        },
      ],
    },
  });

  test("finds no trouble where all are Running and ready", () => {
    assert.deepEqual(podTroubles([pod("a"), pod("b")], []), { looked: 2, troubles: [] });
  });

  test("takes a Running pod whose container crashes for what it is", () => {
    assert.match(podTroubles([crashing], []).troubles.join(), /a is Running, a: CrashLoopBackOff/);
  });

  test("finds pending pods, with the scheduler's reason", () => {
    const message = "0/6 nodes are available: insufficient memory";
    const conditions = [{ type: "PodScheduled", status: "False", message }];
    const pending = pod("a", { status: { phase: "Pending", conditions } });
    assert.match(podTroubles([pending], []).troubles.join(), /a is Pending, 0\/6 nodes/);
  });

  test("says that a pod was evicted", () => {
    const evicted = pod("a", { status: { phase: "Failed", reason: "Evicted" } });
    assert.match(podTroubles([evicted], []).troubles.join(), /a is Failed, Evicted/);
  });

  test("misses pods that could not even be made, and a namespace without any", () => {
    const workload = { kind: "Deployment", name: "orchestrator", wanted: 1, ready: 0 };
    assert.match(podTroubles([pod("a")], [workload]).troubles.join(), /Deployment orchestrator has 0 of 1/);
    assert.match(podTroubles([], []).troubles.join(), /no pod at all/);
  });

  test("does not mind finished Jobs and pods on their way out", () => {
    const job = pod("job", {
      metadata: {
        name: "job",
        ownerReferences: [{ kind: "Job", name: "j", apiVersion: "batch/v1", uid: "1" }],
      },
      status: { phase: "Succeeded" },
    });
    const leaving = pod("old", { metadata: { name: "old", deletionTimestamp: new Date() }, status: {} });
    assert.deepEqual(podTroubles([pod("a"), job, leaving], []).troubles, []);
  });
});

describe("the judgement of tasks", () => {
  const task = { agent: "simple-agent", capability: "general-query" };
  const row = { agent_id: "simple-agent", capability: "general-query", success: true, error_type: null };

  test("takes a task as dispatched only with an id and an agent", () => {
    assert.deepEqual(dispatched(answer(200, { taskId: "1", dispatchedTo: "a", status: "dispatched" })), {
      taskId: "1",
      agent: "a",
    });
    assert.match(words(dispatched(answer(503, { error: "No agents available" }))), /503.*No agents/);
    assert.match(words(dispatched(answer(200, { status: "dispatched" }))), /no task/);
    const errorPage = { status: 200, json: undefined, text: "<html><title>502 Bad Gateway</title></html>" };
    assert.match(words(dispatched(errorPage)), /no task.*Bad Gateway/);
    assert.match(
      words(dispatched(answer(200, { taskId: "1", dispatchedTo: "a", status: "failed" }))),
      /failed/,
    );
  });

  test("counts only this agent's success for this capability", () => {
    assert.equal(outcome([row], task), "success");
    assert.equal(outcome([], task), "nothing");
    assert.match(failure(outcome([{ ...row, success: false, error_type: "timeout" }], task)), /timeout/);
    assert.match(failure(outcome([{ ...row, agent_id: "other" }], task)), /other did it/);
    assert.match(failure(outcome([{ ...row, capability: "deploy-service" }], task)), /deploy-service/);
  });

  test("reads the list of agents of either version", () => {
    assert.equal(listedAgents({ agents: [{ appId: "a", status: "online" }] })[0]?.appId, "a");
    assert.equal(listedAgents([{ appId: "a" }])[0]?.appId, "a");
    assert.deepEqual(listedAgents({ error: "x" }), []);
    assert.deepEqual(listedAgents([{ name: "simple-agent" }]), []);
  });

  test("takes neither an error nor an empty summary for advice", () => {
    assert.equal(refusal(answer(200, { success: true, result: {} })), undefined);
    assert.match(refusal(answer(200, { success: false, error: "no model" })) ?? "", /success false/);
    assert.match(refusal(answer(200, { error: "no model" })) ?? "", /no model/);
    assert.match(refusal(answer(200, { status: "RETRY" })) ?? "", /RETRY/);
    assert.equal(refusal(answer(200, { status: "SUCCESS" })), undefined);
    assert.match(refusal({ status: 200, json: undefined, text: "<html>" }) ?? "", /no JSON/);
    assert.equal(summary({ success: true, result: { summary: "SQLite" } }), "SQLite");
    assert.equal(summary({ recommendation: { summary: "SQLite" } }), "SQLite");
    assert.equal(summary({ result: { summary: "  " } }), undefined);
    assert.equal(summary({ result: "free text" }), undefined);
  });

  test("reads in an agent's log that its own task failed, whatever it answered", () => {
    const log = ["[cost-tracker] Task 1-a failed: no model", "[cost-tracker] Task 2-b completed in 3ms"];
    assert.equal(failedTask(log, "1-a"), log[0]);
    assert.equal(failedTask(log, "2-b"), undefined);
  });

  const words = (result: ReturnType<typeof dispatched>) =>
    typeof result === "string" ? result : "dispatched";
  const failure = (result: ReturnType<typeof outcome>) =>
    typeof result === "string" ? result : result.failure;
});

describe("the judgement of the deployers' ranking", () => {
  const argocd = { agentId: "argocd-deployer", finalScore: 0.9, baseWeight: 0.9 };
  const kubectl = { agentId: "kubectl-deployer", finalScore: 0.7, baseWeight: 0.7 };
  const judge = (json: unknown) => {
    const read = scores(json);
    return typeof read === "string" ? read : (misranked(read) ?? "right");
  };

  test("takes an object with scores, and the bare list of older versions", () => {
    assert.equal(judge({ capability: "deploy-service", scores: [argocd, kubectl] }), "right");
    assert.equal(judge([argocd, kubectl]), "right");
  });

  test("finds a wrong order, equal scores, a missing agent and a wrong weight", () => {
    assert.match(judge([{ ...kubectl, finalScore: 0.95 }, argocd]), /does not score above/);
    assert.match(judge([argocd, { ...kubectl, finalScore: 0.9 }]), /does not score above/);
    assert.match(judge([kubectl, argocd]), /listed before/);
    assert.match(judge([argocd]), /kubectl-deployer is not ranked/);
    assert.match(judge([kubectl]), /argocd-deployer is not ranked/);
    assert.match(judge([{ ...argocd, baseWeight: 0.8 }, kubectl]), /weight 0.8/);
    assert.match(judge([argocd, kubectl, { ...argocd, finalScore: 0.1 }]), /twice/);
  });

  test("takes no score that is no number", () => {
    assert.match(judge([{ ...argocd, finalScore: "0.9" }, kubectl]), /expected agentId and finalScore/);
    assert.match(judge({ scores: [{ ...argocd, finalScore: null }, kubectl] }), /expected agentId/);
    assert.match(judge({ capability: "deploy-service" }), /expected scores/);
  });
});

describe("the judgement of memories", () => {
  const user = "smoke-1-user";

  test("knows the phrases of all versions", () => {
    for (const line of [
      `[simple-agent] Found 2 relevant memories for user ${user}`,
      JSON.stringify({ level: "info", message: `Found 2 relevant memories for user ${user}` }),
      JSON.stringify({ message: `Found 2 relevant memories for user "${user}".` }),
      "[simple-agent] Found 1 relevant memory",
      "[simple-agent] Retrieved 3 memories",
      "## Relevant Context from Memory",
    ]) {
      assert.equal(retrieval([line], user), line);
    }
  });

  test("counts neither nothing found nor another user's memories", () => {
    assert.equal(retrieval([`Found 0 relevant memories for user ${user}`], user), undefined);
    assert.equal(retrieval(["Found 4 relevant memories for user smoke-1-user-other"], user), undefined);
    assert.equal(retrieval(["Found 4 relevant memories for user someone"], user), undefined);
    assert.equal(retrieval(["Memory search failed: timeout"], user), undefined);
  });

  test("looks at what a log has gained only", () => {
    assert.deepEqual(gained(["a", "b"], ["a", "b", "c"]), ["c"]);
    assert.deepEqual(gained(["a", "b"], ["b", "a", "b"]), []);
    assert.deepEqual(gained(["x", "a", "a"], ["x", "a", "a", "a"]), ["a"]);
    assert.deepEqual(gained([], ["a"]), ["a"]);
    assert.deepEqual(gained(["gone"], ["new"]), ["new"]);
  });
});

describe("the judgement of sidecars", () => {
  const declared = [
    { metadata: { name: "agent-pubsub" }, spec: { type: "pubsub.rabbitmq" } },
    { metadata: { name: "actor-statestore" }, spec: { type: "state.redis" }, scopes: ["project-manager"] },
  ];
  const loaded = (id: string, ...components: object[]) => ({ id, components });
  const pubsub = { name: "agent-pubsub", type: "pubsub.rabbitmq", version: "v1" };

  test("wants each component that the app may see, and no other", () => {
    assert.deepEqual(componentTroubles(loaded("orchestrator", pubsub), "orchestrator", declared), []);
    assert.deepEqual(componentTroubles(loaded("project-manager", pubsub), "project-manager", declared), [
      "actor-statestore is not loaded",
    ]);
  });

  test("finds a component of another type, and the metadata of another app", () => {
    const kafka = { ...pubsub, type: "pubsub.kafka" };
    assert.match(componentTroubles(loaded("a", kafka), "a", declared).join(), /pubsub\.kafka, expected/);
    assert.match(componentTroubles(loaded("b", pubsub), "a", declared).join(), /that of b/);
    assert.match(componentTroubles({}, "a", declared).join(), /lists no components/);
  });
});

describe("the judgement of the event log", () => {
  const rows = (own: number, ...kinds: string[]) =>
    kinds.map((event_type) => ({ event_type, count: 9, own }));

  test("names each kind that is missing", () => {
    assert.deepEqual(missingKinds(rows(0, "llm.call", "llm.response", "state.transition"), false), []);
    assert.deepEqual(missingKinds(rows(0, "llm.call", "state.transition"), false), ["no llm.response"]);
    assert.equal(missingKinds([], false).length, 3);
  });

  test("is not content with older rows when agents have thought in this run", () => {
    const old = rows(0, "llm.call", "llm.response", "state.transition");
    assert.match(missingKinds(old, true).join(), /llm\.call of this run.*llm\.response of this run/);
    assert.deepEqual(missingKinds(rows(1, "llm.call", "llm.response", "state.transition"), true), []);
  });
});

test("a page is HTML with a script of its own, whatever the status of another", () => {
  const script = '<script type="module" src="/a.js"></script>';
  assert.equal(isPage(`<!doctype html><html lang="en"><body class="x">${script}</body></html>`), true);
  assert.equal(isPage("<html><head><title>502 Bad Gateway</title></head><body>502</body></html>"), false);
  assert.equal(isPage('{"error":"not found"}'), false);
});
