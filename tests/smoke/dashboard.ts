import { type Check, CheckFailure } from "../live/check.ts";
import { isReady } from "../live/cluster.ts";
import { brief } from "../live/values.ts";
import { isPage } from "./judge/page.ts";
import type { System } from "./system.ts";

/** M4: the dashboard is served, also under an address of its own making, and the bridge to MQTT is up. */
export const dashboard = (system: System): Check => ({
  milestone: "M4",
  expected: "the dashboard's page at every path, ok at /healthz, and claude-mqtt-bridge to be up",
  services: ["dashboard", "claude-mqtt-bridge"],
  async look() {
    const services = ["dashboard"];
    for (const path of ["/", `/${system.run}/no/such/file`]) {
      const page = await system.services.ask("dashboard", { path });
      if (page.status !== 200 || !isPage(page.text)) {
        throw new CheckFailure(`GET ${path} gave ${String(page.status)}: ${brief(page.text)}`, { services });
      }
    }
    const health = await system.services.ask("dashboard", { path: "/healthz" });
    if (health.status !== 200 || !/^\s*ok\s*$/i.test(health.text)) {
      throw new CheckFailure(`GET /healthz gave ${String(health.status)}: ${brief(health.text)}`, {
        services,
      });
    }
    const { pods } = await system.cluster.podsOf("claude-mqtt-bridge");
    if (!pods.some(isReady)) {
      throw new CheckFailure(`claude-mqtt-bridge has no pod that is ready (${String(pods.length)} in all)`, {
        services: ["claude-mqtt-bridge"],
      });
    }
    return "the page, /healthz and the bridge are there";
  },
});
