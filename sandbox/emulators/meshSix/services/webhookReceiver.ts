import { createHmac, timingSafeEqual } from "node:crypto";
import { json, objectIn, type Call, type Handler } from "../transport/http.ts";
import type { System } from "../system.ts";

/** As much of a projects_v2_item delivery as tells where a card went. */
interface Delivery {
  readonly projects_v2_item?: { readonly node_id?: string; readonly content_type?: string };
  readonly changes?: {
    readonly field_value?: { readonly field_name?: string; readonly to?: { readonly name?: string } | null };
  };
}

/** Takes GitHub's signed deliveries at /webhooks/github and tells of each card that was put into Todo. */
export function webhookReceiver(system: System, newTodo: (itemId: string) => void): Handler {
  const seen = new Set<string>();
  return async (call) => {
    if (call.method !== "POST" || call.path !== "/webhooks/github") return undefined;
    const log = (line: string) => {
      system.logs.write("webhook-receiver", line);
    };
    const secret = await system.cluster.secret("github-webhook-secret", "secret");
    if (!signed(call, secret)) {
      log("Invalid webhook signature");
      return json({ error: "invalid signature" }, 401);
    }
    const id = String(call.headers["x-github-delivery"]);
    if (seen.has(id)) return json({ status: "duplicate" });
    seen.add(id);
    const event = String(call.headers["x-github-event"]);
    const { projects_v2_item: item, changes } = (objectIn(call) ?? {}) as Delivery;
    const to = changes?.field_value?.to?.name;
    if (event !== "projects_v2_item" || item?.content_type !== "Issue" || item.node_id === undefined)
      return json({ status: "ignored" });
    log(`Card ${item.node_id}: ${to ?? "no column"}`);
    if (changes?.field_value?.field_name !== "Status" || to !== "Todo") return json({ status: "ok" });
    if (!system.faults.has("webhook-lost")) newTodo(item.node_id);
    return json({ status: "ok" });
  };
}

function signed(call: Call, secret: string | undefined): boolean {
  if (secret === undefined) return false;
  const expected = Buffer.from(`sha256=${createHmac("sha256", secret).update(call.body).digest("hex")}`);
  const given = Buffer.from(String(call.headers["x-hub-signature-256"]));
  return expected.length === given.length && timingSafeEqual(expected, given);
}
