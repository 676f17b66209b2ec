import { randomUUID } from "node:crypto";
import { type Check, CheckFailure } from "../live/check.ts";
import { brief } from "../live/values.ts";
import { gained, retrieval } from "./judge/memories.ts";
import { misranked, scores } from "./judge/ranking.ts";
import { badStatus, failedTask, listedAgents, refusal, summary } from "./judge/tasks.ts";
import { complete, dispatch, type System } from "./system.ts";
import { poll, unanswered } from "../live/poll.ts";

/**
 * A general query that simple-agent answers; its task's id. Each is of a user of this run: other users' memories
 * would be in the agent's log, and older versions do not say whose they are.
 *
 * @throws CheckFailure when another agent got it
 */
async function ask(system: System, user: string, query: string): Promise<string> {
  const payload = { query, userId: `${system.run}-${user}` };
  const { agent, taskId } = await complete(system, { capability: "general-query", payload, timeout: 30 });
  if (agent !== "simple-agent") throw new CheckFailure(`the orchestrator dispatched it to ${agent}`);
  return taskId;
}

/** M1: a question goes through orchestrator and simple-agent and is remembered as a success. */
export const question = (system: System): Check => ({
  milestone: "M1",
  expected:
    "a general query to be dispatched, to succeed by simple-agent, and the orchestrator to list that agent",
  services: ["orchestrator", "simple-agent"],
  async look() {
    const taskId = await ask(system, "stranger", "What is two plus two?");
    const listing = await system.services.ask("orchestrator", { path: "/agents" });
    const bad = badStatus(listing);
    if (bad !== undefined) throw new CheckFailure(`GET /agents ${bad}`, { services: ["orchestrator"] });
    const agents = listedAgents(listing.json);
    const found = agents.find(({ appId }) => appId === "simple-agent");
    if (found === undefined) {
      const names = agents.map(({ appId }) => appId).join(", ") || brief(listing.text);
      throw new CheckFailure(`GET /agents does not list simple-agent: ${names}`);
    }
    if (found.status === "offline") throw new CheckFailure("GET /agents says that simple-agent is offline");
    return `task ${taskId} succeeded by simple-agent, which is listed among ${String(agents.length)} agents`;
  },
});

/** M2: what was said once is remembered in the next conversation with the same user. */
export const memory = (system: System): Check => ({
  milestone: "M2",
  expected: "a preference stated in one query to be retrieved in the next one of the same user",
  services: ["simple-agent", "orchestrator"],
  async look() {
    const userId = `${system.run}-user`;
    await ask(
      system,
      "user",
      "Please remember: my favourite colour is teal, and I like answers in one sentence.",
    );
    const { pods } = await system.cluster.podsOf("simple-agent");
    const logs = async () => Promise.all(pods.map((pod) => system.cluster.log(pod, 2_000)));
    const before = await logs();
    await ask(system, "user", "Which colour would I like best for a new bicycle?");
    const look = async () => {
      const lines = (await logs()).flatMap((after, index) => gained(before[index] ?? [], after));
      const line = retrieval(lines, userId);
      return line === undefined ? { seen: `${String(lines.length)} new lines` } : { done: line };
    };
    const patience = { every: 1_000, limit: 10_000, signal: system.signal };
    const result = await poll(() => look().catch(unanswered), patience);
    if ("done" in result) return result.done;
    throw new CheckFailure(
      `simple-agent's log does not tell of a memory for user ${userId} after the second query (${result.seen})`,
    );
  },
});

/** M3: the architect advises, and the better deployer is preferred. */
export const advice = (system: System): Check => ({
  milestone: "M3",
  expected:
    "a summary from architect-agent, argocd-deployer ranked above kubectl-deployer, and a deploy-service task dispatched to it",
  services: ["architect-agent", "orchestrator"],
  async look() {
    const consulted = await system.services.ask("architect-agent", {
      path: "/consult",
      body: { question: `Which database fits a bookmarks service? (${system.run})`, requireStructured: true },
      patience: 180,
    });
    const services = ["architect-agent"];
    const refused = refusal(consulted);
    if (refused !== undefined) throw new CheckFailure(`POST /consult: ${refused}`, { services });
    const text = summary(consulted.json);
    if (text === undefined) {
      throw new CheckFailure(`POST /consult gave no summary: ${brief(consulted.text)}`, { services });
    }
    system.thinkers.push("architect-agent");
    const answer = await system.services.ask("orchestrator", { path: "/agents/score/deploy-service" });
    const ranked = badStatus(answer) ?? scores(answer.json);
    const wrong = typeof ranked === "string" ? ranked : misranked(ranked);
    const agents = ["orchestrator", "argocd-deployer", "kubectl-deployer"];
    if (wrong !== undefined) {
      throw new CheckFailure(`GET /agents/score/deploy-service: ${wrong}`, { services: agents });
    }
    const { agent, taskId } = await dispatch(system, {
      capability: "deploy-service",
      payload: {
        query: `Smoke test ${system.run}: change nothing, only say that you are there.`,
        dryRun: true,
      },
      timeout: 60,
    });
    if (agent !== "argocd-deployer") {
      throw new CheckFailure(`task ${taskId} was dispatched to ${agent}, not to argocd-deployer`, {
        services: agents,
      });
    }
    return `“${brief(text, 60)}”; task ${taskId} went to argocd-deployer`;
  },
});

/** M5: the cluster is watched, and its cost is known. */
export const upkeep = (system: System): Check => ({
  milestone: "M5",
  expected: "cluster-health to reach homelab-monitor, and cost-tracker to answer what today cost",
  services: ["homelab-monitor", "cost-tracker", "orchestrator"],
  async look() {
    const { agent, taskId } = await complete(system, {
      capability: "cluster-health",
      payload: { query: `Is the cluster well? (${system.run})` },
      timeout: 60,
    });
    if (agent !== "homelab-monitor") {
      throw new CheckFailure(`task ${taskId} (cluster-health) was dispatched to ${agent}`, {
        services: ["orchestrator", "homelab-monitor"],
      });
    }
    system.thinkers.push("homelab-monitor");
    const task = {
      id: randomUUID(),
      capability: "cost-reporting",
      payload: { period: "today", query: `What did today cost? (${system.run})` },
      priority: 5,
      timeout: 60,
      requestedBy: system.run,
      createdAt: new Date().toISOString(),
    };
    // Its handler takes the task itself in some versions, in others the message bus's envelope with the task as data.
    const answer = await system.services.ask("cost-tracker", {
      path: "/tasks",
      body: { ...task, data: task },
      patience: 90,
    });
    const refused = refusal(answer);
    if (refused !== undefined) {
      throw new CheckFailure(`POST /tasks of cost-tracker: ${refused}`, { services: ["cost-tracker"] });
    }
    const { pods } = await system.cluster.podsOf("cost-tracker");
    const lines = await Promise.all(pods.map((pod) => system.cluster.log(pod, 500)));
    const failed = failedTask(lines.flat(), task.id);
    if (failed !== undefined) {
      throw new CheckFailure(`cost-tracker says of its task: ${brief(failed)}`, {
        services: ["cost-tracker"],
      });
    }
    return `task ${taskId} succeeded by homelab-monitor; cost-tracker answered ${brief(answer.text, 60)}`;
  },
});
