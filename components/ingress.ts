import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import type { RouteName, RouteSettings } from "../settings/ingressRoutes.ts";

/** API groups under which Traefik has served IngressRoute, the one of today first. */
export const ingressRouteGroups = ["traefik.io", "traefik.containo.us"] as const;

export type IngressRouteGroup = (typeof ingressRouteGroups)[number];

/** A Service in the namespace of the IngressRoutes. */
export interface ServicePort {
  readonly name: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
}

export interface IngressArgs {
  readonly namespace: pulumi.Input<string>;
  /**
   * API group that the cluster serves IngressRoute under ({@link ingressRouteGroup}).
   *
   * @default "traefik.io"
   */
  readonly apiGroup?: IngressRouteGroup;
  /** Host name of both routes, without scheme. */
  readonly host: string;
  /** Entry points, TLS, middlewares and priority of each. */
  readonly routes: Readonly<Record<RouteName, RouteSettings>>;
  /** The service for every path of the host that no longer rule claims. */
  readonly dashboard: ServicePort;
  /** The service for the paths below `webhookPath`. */
  readonly webhook: ServicePort;
  /** Path prefix of the webhooks, with its slash: `/webhooks`. */
  readonly webhookPath: string;
}

/**
 * The two IngressRoutes from outside: the dashboard on the whole host, the webhook receiver below its path.
 *
 * Neither needs a priority: Traefik orders the rules of a host by length, and the receiver's rule is the
 * dashboard's with a path added. So are the rules of the routes that stay ArgoCD's.
 *
 * @example
 * new Ingress("ingress", {
 *   namespace: "mesh-six",
 *   host: "mesh-six.bto.bar",
 *   routes: settings.ingress.routes,
 *   dashboard: { name: "dashboard", port: 80 },
 *   webhook: { name: "webhook-receiver", port: 80 },
 *   webhookPath: "/webhooks",
 * }, { provider });
 */
export class Ingress extends pulumi.ComponentResource {
  /** Address of the dashboard. */
  readonly url: pulumi.Output<string>;
  /** Address below which webhooks are received. */
  readonly webhookUrl: pulumi.Output<string>;

  constructor(name: string, args: IngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:Ingress", name, {}, opts);

    const host = `Host(\`${quotable("ingressHost", args.host)}\`)`;
    const path = `PathPrefix(\`${quotable("ingressWebhookPath", args.webhookPath)}\`)`;

    const declare = (objectName: RouteName, match: string, service: ServicePort) => {
      const { entryPoints, priority, middlewares, tls } = args.routes[objectName];
      const rule = {
        match,
        kind: "Rule",
        ...(priority === undefined ? {} : { priority }),
        ...(middlewares.length === 0 ? {} : { middlewares }),
        services: [service],
      };
      new CustomResource(
        `${objectName}-route`,
        {
          apiVersion: `${args.apiGroup ?? "traefik.io"}/v1alpha1`,
          kind: "IngressRoute",
          metadata: { name: objectName, namespace: args.namespace },
          spec: { entryPoints, routes: [rule], ...(tls === undefined ? {} : { tls }) },
        },
        { parent: this },
      );
    };

    declare("dashboard", host, args.dashboard);
    declare("webhook-receiver", `${host} && ${path}`, args.webhook);

    const address = (route: RouteName) =>
      `${args.routes[route].tls === undefined ? "http" : "https"}://${args.host}`;
    this.url = pulumi.output(address("dashboard"));
    this.webhookUrl = pulumi.output(`${address("webhook-receiver")}${args.webhookPath}`);
    this.registerOutputs({ url: this.url, webhookUrl: this.webhookUrl });
  }
}

/**
 * Chooses one of Traefik's API groups for IngressRoutes, of those that the cluster serves.
 *
 * @param served - names of all API groups the cluster serves IngressRoute in (from API discovery)
 * @returns the group, and a line for the operator where it is the old one
 * @throws where the cluster serves IngressRoute in neither
 */
export function ingressRouteGroup(served: readonly string[]): { group: IngressRouteGroup; notice?: string } {
  const group = ingressRouteGroups.find((candidate) => served.includes(candidate));
  if (group === undefined) {
    throw new Error(
      `The cluster has no IngressRoute in ${ingressRouteGroups.join(" or ")}: ` +
        "install Traefik's CRDs (https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/kubernetes-crd/)",
    );
  }
  if (group === "traefik.io") return { group };
  return {
    group,
    notice:
      "Traefik here serves only the old API group traefik.containo.us, which Traefik 3 no longer knows: " +
      "IngressRoutes are declared in it; before Traefik is upgraded, install the traefik.io CRDs and run pulumi up",
  };
}

/** Traefik quotes by backticks and knows no escape, so a backtick inside would end the rule. */
function quotable(setting: string, value: string): string {
  if (value.includes("`")) {
    throw new Error(`mesh-six:${setting}: expected a text without backticks, got ${JSON.stringify(value)}`);
  }
  return value;
}
