import { randomUUID } from "node:crypto";
import { CheckFailure } from "../live/check.ts";
import type { Cluster } from "../live/cluster.ts";
import type { Database } from "../live/database.ts";
import { poll, unanswered } from "../live/poll.ts";
import type { Services } from "../live/services.ts";
import { dispatched, type Dispatched, type HistoryRow, outcome } from "./judge/tasks.ts";

/** The servers that the checks ask. */
export interface System {
  readonly cluster: Cluster;
  readonly services: Services;
  readonly database: Database;
  /** Start of this run, by the database's clock: an older row says nothing of it. */
  readonly begin: Date;
  /** In every text of this run, and in nothing else. */
  readonly run: string;
  /** Signal of an interruption. */
  readonly signal: AbortSignal;
  /** Ids of the tasks of this run, in the order in which they were dispatched. */
  readonly tasks: string[];
  /** Agents that have thought in this run with a language model whose calls are written to the event log. */
  readonly thinkers: string[];
}

/** A name for this run that nothing else has. */
export function newRun(): string {
  return `smoke-${randomUUID()}`;
}

export interface Task {
  readonly capability: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly timeout: number;
}

/** Has the orchestrator dispatch a task. @throws CheckFailure when it does not */
export async function dispatch(system: System, task: Task): Promise<Dispatched> {
  const answer = await system.services.ask("orchestrator", {
    path: "/tasks",
    body: { priority: 5, ...task },
  });
  const result = dispatched(answer);
  if (typeof result === "string") throw new CheckFailure(result, { services: ["orchestrator"] });
  if (system.tasks.includes(result.taskId)) {
    throw new CheckFailure(`the orchestrator gave the id ${result.taskId} twice`, {
      services: ["orchestrator"],
    });
  }
  system.tasks.push(result.taskId);
  return result;
}

/** Waits for the agent's success in agent_task_history, under the id of this very task. @throws CheckFailure */
export async function success(system: System, task: Dispatched & Task): Promise<void> {
  const look = async () => {
    const rows = await system.database.rows<HistoryRow>(
      `SELECT agent_id, capability, success, error_type FROM agent_task_history
       WHERE id::text = $1 AND created_at >= $2`,
      [task.taskId, system.begin],
    );
    const result = outcome(rows, task);
    if (result === "nothing")
      return { seen: `no row of this run with id ${task.taskId} in agent_task_history` };
    return { done: result };
  };
  // The result has a way to go after the task's own time: message bus, orchestrator, database.
  const patience = { every: 1_000, limit: (task.timeout + 15) * 1_000, signal: system.signal };
  const result = await poll(() => look().catch(unanswered), patience);
  const services = [task.agent, "orchestrator"];
  if ("seen" in result) {
    throw new CheckFailure(`${result.seen} within ${String(task.timeout + 15)} s`, { services });
  }
  if (result.done !== "success") {
    throw new CheckFailure(`task ${task.taskId}: ${result.done.failure}`, { services });
  }
}

/** Dispatches a task and waits for its success. */
export async function complete(system: System, task: Task): Promise<Dispatched> {
  const result = await dispatch(system, task);
  await success(system, { ...task, ...result });
  return result;
}
