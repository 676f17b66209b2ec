import { randomUUID } from "node:crypto";
import { agents, type Agent } from "./agents.ts";
import { json, objectIn, type Answer, type Handler } from "../transport/http.ts";
import type { System } from "../system.ts";
import { run, type Task } from "./tasks.ts";

/** Takes tasks, gives each to the best agent for it, and tells which agents there are. */
export function orchestrator(system: System): Handler {
  const active = new Map<string, object>();

  async function dispatch(task: Task, agent: Agent): Promise<void> {
    const { database, logs } = system;
    const transition = (from: string, to: string) =>
      database.emit({
        traceId: task.id,
        taskId: task.id,
        agentId: "orchestrator",
        type: "state.transition",
        payload: { entity: "task", from, to },
      });
    const { id, capability } = task;
    const show = async (status: string) => {
      if (system.faults.has("dashboard-without-tasks")) return;
      await system.live.publish(`agent/task/${id}`, { id, capability, agentId: agent.appId, status });
    };
    try {
      await show("dispatched");
      await transition("queued", "dispatched");
      const success = await run(system, agent.appId, task);
      await show(success ? "completed" : "failed");
      await transition("dispatched", success ? "completed" : "failed");
      logs.write("orchestrator", `Task ${task.id} ${success ? "completed" : "failed"}`);
    } catch (error) {
      logs.write("orchestrator", `Task ${task.id} failed: ${(error as Error).message}`);
    } finally {
      active.delete(task.id);
    }
  }

  function accept(task: Task): Answer {
    const elsewhere = system.faults.has("dispatch-elsewhere");
    const [best] = rank(system, elsewhere ? "cost-reporting" : task.capability);
    const agent = agents.find(({ appId }) => appId === best?.agentId);
    if (best === undefined || agent === undefined || system.faults.has("dispatch-refused")) {
      return json({ error: "No agents available for capability", capability: task.capability }, 503);
    }
    system.logs.write(
      "orchestrator",
      `Dispatching task ${task.id} to ${best.agentId} (score: ${best.finalScore.toFixed(3)})`,
    );
    const status = { taskId: task.id, dispatchedTo: best.agentId, status: "dispatched" };
    active.set(task.id, { ...status, capability: task.capability, attempts: 1 });
    void dispatch(task, agent);
    return json({ ...status, score: best.finalScore });
  }

  return (call) => {
    const scored = /^\/agents\/score\/([^/]+)$/.exec(call.path)?.[1];
    const asked = /^\/tasks\/([^/]+)$/.exec(call.path)?.[1];
    if (call.method === "POST" && call.path === "/tasks") {
      const task = readTask(objectIn(call));
      return typeof task === "string"
        ? json({ error: "Invalid request", details: [task] }, 400)
        : accept(task);
    }
    if (asked !== undefined) {
      const found = active.get(asked);
      return found ? json(found) : json({ error: "Task not found", taskId: asked }, 404);
    }
    if (scored !== undefined) {
      const scores = rank(system, scored);
      return json(system.faults.has("score-list") ? scores : { capability: scored, scores });
    }
    if (call.path !== "/agents") return undefined;
    const listed = agents.filter(
      ({ appId }) => !(appId === "simple-agent" && system.faults.has("agent-unregistered")),
    );
    const lastHeartbeat = new Date().toISOString();
    return json({ agents: listed.map((agent) => ({ ...agent, status: "online", lastHeartbeat })) });
  };
}

function rank(system: System, capability: string) {
  const swapped: Readonly<Record<string, string>> = system.faults.has("score-swapped")
    ? { "argocd-deployer": "kubectl-deployer", "kubectl-deployer": "argocd-deployer" }
    : {};
  return agents
    .flatMap((agent) =>
      agent.capabilities
        .filter(({ name }) => name === capability)
        .map(({ weight, preferred }) => ({
          agentId: swapped[agent.appId] ?? agent.appId,
          capability,
          baseWeight: weight,
          dependencyHealth: 1,
          rollingSuccessRate: 1,
          recencyBoost: 1,
          finalScore: weight * (preferred ? 1.05 : 1),
        })),
    )
    .sort((a, b) => b.finalScore - a.finalScore);
}

/** The task asked for, or what is wrong with it. */
function readTask(body: Record<string, unknown> | undefined): Task | string {
  const { capability, payload, priority = 5, timeout = 120 } = body ?? {};
  if (typeof capability !== "string") return "capability: expected a string";
  if (typeof payload !== "object" || payload === null) return "payload: expected an object";
  if (typeof priority !== "number" || priority < 0 || priority > 10) return "priority: expected 0 to 10";
  if (typeof timeout !== "number" || timeout <= 0) return "timeout: expected seconds";
  const requestedBy = "orchestrator";
  return { id: randomUUID(), capability, payload: payload as Task["payload"], requestedBy };
}
