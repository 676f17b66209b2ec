import { choice, integer, name, structure, text } from "../declaration.ts";
import { dnsName, labelName, path } from "../formats.ts";
import { ingressRoutes } from "../ingressRoutes.ts";

/** The routes from outside. */
export const ingressSettings = {
  ingressHost: name("Host name of the dashboard and the webhook receiver", "mesh-six.bto.bar", {
    schema: dnsName,
  }),
  ingressEntryPoint: name("Traefik entry point of both routes", "websecure"),
  ingressCertResolver: text(
    "Traefik certificate resolver of both routes; empty for Traefik's default certificate",
    "letsencrypt",
  ),
  ingressRoutes: structure(
    "Entry points, TLS, middlewares and priority of each route (docs/settings.md)",
    ingressRoutes,
  ),
  ingressApiGroup: choice(
    "API group of Traefik's IngressRoute; auto asks the cluster",
    ["auto", "traefik.io", "traefik.containo.us"],
    "auto",
  ),
  ingressWebhookService: name("Service that receives GitHub's webhooks", "webhook-receiver", {
    schema: labelName,
  }),
  ingressWebhookPort: integer("Port of that Service", 80, { min: 1, max: 65535 }),
  ingressWebhookPath: name("Path prefix of the webhooks", "/webhooks", { schema: path }),
};
