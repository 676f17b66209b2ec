import type { Answer } from "../../live/services.ts";
import { brief, isValues, textAt } from "../../live/values.ts";

/** A task that the orchestrator has taken. */
export interface Dispatched {
  readonly taskId: string;
  readonly agent: string;
}

/**
 * The orchestrator's answer to a task.
 *
 * @returns the task, or the fault of the answer
 */
export function dispatched(answer: Answer): Dispatched | string {
  const { json, text } = answer;
  const bad = badStatus(answer);
  if (bad !== undefined) return `the orchestrator ${bad}`;
  const taskId = textAt(json, "taskId", "id");
  const agent = textAt(json, "dispatchedTo", "agentId");
  if (taskId === undefined || agent === undefined) {
    return `the orchestrator named no task or no agent: ${brief(text)}`;
  }
  const state = textAt(json, "status") ?? "dispatched";
  if (/fail|error|timeout|reject/i.test(state))
    return `the orchestrator says the task is ${state}: ${brief(text)}`;
  return { taskId, agent };
}

/** A row of agent_task_history. */
export interface HistoryRow {
  readonly agent_id: string;
  readonly capability: string;
  readonly success: boolean;
  readonly error_type: string | null;
}

/** The outcome in a task's own rows: a success, a failure for good, or nothing yet. */
export function outcome(
  rows: readonly HistoryRow[],
  task: { readonly agent: string; readonly capability: string },
): "success" | "nothing" | { readonly failure: string } {
  const own = rows.filter(({ capability }) => capability === task.capability);
  if (own.some(({ agent_id, success }) => success && agent_id === task.agent)) return "success";
  const other = own.find(({ success }) => success);
  if (other !== undefined) return { failure: `${other.agent_id} did it, not ${task.agent}` };
  const failed = own.find(({ success }) => !success);
  if (failed !== undefined) {
    return { failure: `${failed.agent_id} failed (${failed.error_type ?? "no error type"})` };
  }
  const foreign = rows[0];
  return foreign === undefined
    ? "nothing"
    : { failure: `its row is for the capability ${foreign.capability}` };
}

/** The answer with a status other than success; undefined for a success. */
export function badStatus({ status, text }: Answer): string | undefined {
  return status < 200 || status > 299 ? `answered ${String(status)}: ${brief(text)}` : undefined;
}

/** The app ids that GET /agents lists; a bare list in older versions. */
export function listedAgents(json: unknown): readonly { appId: string; status: string | undefined }[] {
  const list = isValues(json) ? json["agents"] : json;
  if (!Array.isArray(list)) return [];
  return list.flatMap((agent: unknown) => {
    const appId = textAt(agent, "appId", "agentId");
    return appId === undefined ? [] : [{ appId, status: textAt(agent, "status") }];
  });
}

/** The fault of a service's answer; undefined where it is fine. */
export function refusal(answer: Answer): string | undefined {
  const { json, text } = answer;
  const bad = badStatus(answer);
  if (bad !== undefined) return `it ${bad}`;
  if (!isValues(json)) return `it answered no JSON object: ${brief(text)}`;
  if (json["success"] === false) return `it answered success false: ${brief(text)}`;
  const error = json["error"];
  if (error !== undefined && error !== null) return `it answered an error: ${brief(error)}`;
  // Words by which a handler of the message bus says that it did not do it.
  const state = textAt(json, "status");
  if (state !== undefined && /^(retry|drop|error|failed|failure)$/i.test(state))
    return `it answered ${state}`;
  return undefined;
}

/** The line in which an agent says that this task failed: to the message bus it answers SUCCESS all the same. */
export function failedTask(lines: readonly string[], taskId: string): string | undefined {
  return lines.find((line) => line.includes(taskId) && /\bfailed\b/i.test(line));
}

/** The summary in an answer of /consult, wherever the version puts it. */
export function summary(json: unknown): string | undefined {
  if (!isValues(json)) return undefined;
  const places = [json, json["result"], json["recommendation"]];
  const inner = isValues(json["result"]) ? [json["result"]["recommendation"]] : [];
  return [...places, ...inner].map((place) => textAt(place, "summary")).find((text) => text !== undefined);
}
