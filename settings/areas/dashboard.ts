import { integer, name, structure } from "../declaration.ts";
import { objectName, url } from "../formats.ts";
import { registrySecret } from "../secrets/standard.ts";
import { resources } from "../structures.ts";

/** The dashboard. */
export const dashboardSettings = {
  dashboardImage: name(
    "Image of the dashboard with its tag or digest",
    "registry.bto.bar/jaybrto/mesh-six-dashboard:latest",
  ),
  dashboardReplicas: integer("Pods of the dashboard", 1, { min: 0, max: 20 }),
  dashboardPort: integer("Port of the dashboard's Service and container", 80, { min: 1, max: 65535 }),
  dashboardMqttUrl: name("MQTT address the browser connects to", "wss://rabbitmq-ws.bto.bar/ws", {
    schema: url("wss", "ws"),
  }),
  dashboardOnboardingUrl: name(
    "Address of the onboarding service for the browser",
    "https://mesh-six.bto.bar",
    { schema: url("https", "http") },
  ),
  dashboardPullSecret: name("Secret the dashboard's image is pulled with", registrySecret, {
    schema: objectName,
  }),
  dashboardResources: structure(
    "CPU and memory the dashboard asks for and may use (docs/settings.md)",
    resources,
  ),
};
