import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { plain, type Handler } from "../transport/http.ts";
import type { System } from "../system.ts";

/**
 * A page in the dashboard's place: any path but its scripts' serves it, as the image's nginx does. The address of
 * its Deployment leads out of the sandbox, so it connects to the simulation's own broker.
 */
export function dashboard(system: System): Handler {
  return async ({ path }) => {
    if (system.faults.has("dashboard-down")) return plain("Bad Gateway", 502);
    if (path === "/healthz") return plain("ok");
    const script = scripts[path];
    if (script !== undefined) return plain(readFileSync(script, "utf8"), 200, "text/javascript");
    if (path !== "/" && system.faults.has("dashboard-without-routes")) return plain("Not Found", 404);
    const { VITE_MQTT_URL: mqtt = "" } = await system.cluster.plainEnvironment("dashboard");
    const escaped = mqtt.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const page = [
      "<!doctype html>",
      '<html lang="en"><head><meta charset="utf-8"><title>mesh-six</title></head>',
      `<body><div id="root" data-mqtt-url="${escaped}" data-broker="${system.live.url}"></div>`,
      '<script type="module" src="/assets/dashboard.js"></script></body></html>',
    ];
    return plain(`${page.join("\n")}\n`, 200, "text/html; charset=utf-8");
  };
}

const scripts: Readonly<Record<string, string>> = {
  "/assets/dashboard.js": join(import.meta.dirname, "dashboardPage.js"),
  "/assets/mqtt.js": join(
    dirname(createRequire(import.meta.url).resolve("mqtt/package.json")),
    "dist/mqtt.esm.js",
  ),
};
