import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { recall } from "./memory.ts";
import type { System } from "../system.ts";

export interface Task {
  readonly id: string;
  readonly capability: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestedBy: string;
}

/** One call of a language model as the event log knows it. */
export async function think(
  system: System,
  call: {
    readonly agentId: string;
    readonly traceId: string;
    readonly taskId: string;
    readonly prompt: string;
  },
  answer: () => string,
): Promise<string> {
  const { agentId, traceId, taskId } = call;
  const model = "anthropic/claude-sonnet-4-20250514";
  const begin = performance.now();
  const common = { agentId, traceId, taskId };
  await system.database.emit({
    ...common,
    type: "llm.call",
    payload: { model, promptLength: call.prompt.length, toolCount: 0 },
  });
  await sleep(50);
  const text = answer();
  await system.database.emit({
    ...common,
    type: "llm.response",
    payload: {
      model,
      durationMs: Math.round(performance.now() - begin),
      responseLength: text.length,
      finishReason: "stop",
    },
  });
  return text;
}

/** Has the agent do the task and records its result; tells whether it went well. Without a Pod it stays undone. */
export async function run(system: System, agentId: string, task: Task): Promise<boolean> {
  const { database, faults, logs } = system;
  if (!system.alive(agentId)) return false;
  if (agentId === "homelab-monitor" && faults.has("homelab-monitor-timeout")) {
    logs.write(agentId, `Received task: ${task.id} - ${task.capability}`);
    return false;
  }
  const begin = performance.now();
  logs.write(agentId, `Received task: ${task.id} - ${task.capability}`);
  const query =
    typeof task.payload["query"] === "string" ? task.payload["query"] : JSON.stringify(task.payload);
  const userId = typeof task.payload["userId"] === "string" ? task.payload["userId"] : task.requestedBy;
  const known = agentId === "simple-agent" ? recall(system, userId, query) : [];
  const call = { agentId, traceId: randomUUID(), taskId: task.id, prompt: query };
  await think(system, call, () => `You asked: ${query}. ${known.join(" ")}`);
  const success = !faults.has("task-fails");
  const durationMs = Math.round(performance.now() - begin);
  const result = { taskId: task.id, agentId, capability: task.capability, success, durationMs };
  if (faults.has("history-foreign"))
    await database.record({ ...result, taskId: randomUUID(), minutesAgo: 180 });
  else if (!faults.has("history-missing")) await database.record(result);
  logs.write(agentId, `Task ${task.id} ${success ? "completed" : "failed"} in ${String(durationMs)}ms`);
  return success;
}
