import { plain, type Handler } from "./http.ts";
import type { System } from "./system.ts";

/** A page in the dashboard's place: any path serves it, as the image's nginx does, with the address set at run time. */
export function dashboard(system: System): Handler {
  return async ({ path }) => {
    if (system.faults.has("dashboard-down")) return plain("Bad Gateway", 502);
    if (path === "/healthz") return plain("ok");
    if (path !== "/" && system.faults.has("dashboard-without-routes")) return plain("Not Found", 404);
    const { VITE_MQTT_URL: mqtt = "" } = await system.cluster.plainEnvironment("dashboard");
    const escaped = mqtt.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const page = [
      "<!doctype html>",
      '<html lang="en"><head><meta charset="utf-8"><title>mesh-six</title></head>',
      `<body><div id="root" data-mqtt-url="${escaped}">mesh-six dashboard (simulated)</div></body></html>`,
    ];
    return plain(`${page.join("\n")}\n`, 200, "text/html; charset=utf-8");
  };
}
