import { randomUUID } from "node:crypto";
import { json, objectIn, type Handler } from "../transport/http.ts";
import type { System } from "../system.ts";
import { think } from "./tasks.ts";

/** Gives technical guidance at /consult. */
export function architect(system: System): Handler {
  return async (call) => {
    if (call.method !== "POST" || call.path !== "/consult") return undefined;
    const question = objectIn(call)?.["question"];
    const agentId = "architect-agent";
    const failure = (error: string) => json({ success: false, error, agentId }, 500);
    if (typeof question !== "string") return failure("question: expected a string");
    if (system.faults.has("consult-fails")) return failure("the language model does not answer");
    const begin = performance.now();
    const id = randomUUID();
    const asked = { agentId, traceId: id, taskId: id, prompt: question };
    const summary = await think(system, asked, () => guidance);
    system.logs.write(agentId, `Consultation: "${question.slice(0, 100)}"`);
    const result = {
      ...(system.faults.has("consult-without-summary") ? {} : { summary }),
      techStack: {
        primary: "Bun with Hono",
        supporting: ["SQLite"],
        reasoning: "what the application has already",
      },
      deploymentStrategy: {
        approach: "argocd-gitops",
        reasoning: "as every service",
        steps: ["merge", "sync"],
      },
      confidence: 0.9,
    };
    const durationMs = Math.round(performance.now() - begin);
    return json({ success: true, result, durationMs, agentId });
  };
}

/** The architect's answer to any question. */
export const guidance =
  "Keep to the stack that is there, add one table and a join for the new relation, and cover it by browser tests.";
