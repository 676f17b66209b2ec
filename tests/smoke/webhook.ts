import { type Check, CheckFailure, CheckSkipped } from "../live/check.ts";
import { lookAtDeliveries } from "../live/deliveries.ts";
import type { WatchedWebhook } from "../live/environment.ts";

/** Row 13: what GitHub delivers is taken: a secret that somebody changed makes every event be rejected, unseen. */
export const webhook = (watched: WatchedWebhook | undefined): Check => ({
  milestone: "Webhook",
  expected: "the receiver to take what GitHub delivers",
  services: ["webhook-receiver"],
  asks: [],
  async look() {
    if (watched === undefined) throw new CheckSkipped("the stack's outputs name no webhook or no token");
    const { trouble, seen } = await lookAtDeliveries(watched);
    if (trouble !== undefined) throw new CheckFailure(trouble);
    return seen;
  },
});
