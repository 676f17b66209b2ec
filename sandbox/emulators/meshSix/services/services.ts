import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { agents } from "./agents.ts";
import { architect } from "./architect.ts";
import { dashboard } from "./dashboard.ts";
import { json, objectIn, type Handler } from "../transport/http.ts";
import { orchestrator } from "./orchestrator.ts";
import type { System } from "../system.ts";
import { run, type Task } from "./tasks.ts";

/** The answers of the service of that name inside its Pod. */
export function serviceHandler(
  system: System,
  name: string,
  more: Readonly<Record<string, Handler>>,
): Handler {
  const own: Readonly<Record<string, Handler>> = {
    ...more,
    orchestrator: orchestrator(system),
    "architect-agent": architect(system),
    dashboard: dashboard(system),
  };
  const special = own[name];
  return async (call) => {
    if (!system.alive(name)) return json({ error: `no Pod of ${name} runs` }, 503);
    if (name === "dashboard") return special?.(call);
    if (name === "cost-tracker" && system.faults.has("cost-tracker-down")) {
      return json({ error: "Service Unavailable" }, 503);
    }
    if (call.path === "/healthz") {
      const version = system.version(name);
      return json({ status: "ok", service: name, ...(version === undefined ? {} : { version }) });
    }
    if (call.path === "/readyz") return json({ status: "ok" });
    return (await special?.(call)) ?? agentRoutes(system, name)(call);
  };
}

/** Every agent takes a task from the bus at /tasks and from another service at /invoke. */
function agentRoutes(system: System, name: string): Handler {
  return async (call) => {
    const direct = call.path === "/invoke";
    const known = agents.some(({ appId }) => appId === name);
    if (!known || call.method !== "POST" || !(direct || call.path === "/tasks")) return undefined;
    const task = taskIn(objectIn(call));
    if (task === undefined) return json({ success: false, error: "expected a task" }, 400);
    if (name === "homelab-monitor" && system.faults.has("homelab-monitor-timeout")) await sleep(600_000);
    const success = await run(system, name, task);
    if (name === "cost-tracker" && system.faults.has("cost-tracker-error"))
      return json({ success: false, error: "LiteLLM does not answer" });
    if (!direct) return json({ status: "SUCCESS" });
    return json({ taskId: task.id, agentId: name, success, completedAt: new Date().toISOString() });
  };
}

/** The task, in Dapr's envelope or without it. */
function taskIn(body: Record<string, unknown> | undefined): Task | undefined {
  const inner = (body?.["data"] ?? body) as Record<string, unknown> | undefined;
  const { id, capability, payload, requestedBy } = inner ?? {};
  if (typeof capability !== "string" || typeof payload !== "object" || payload === null) return undefined;
  return {
    id: typeof id === "string" ? id : randomUUID(),
    capability,
    payload: payload as Task["payload"],
    requestedBy: typeof requestedBy === "string" ? requestedBy : "unknown",
  };
}
