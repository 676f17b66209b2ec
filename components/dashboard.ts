import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../settings/structures.ts";

export interface DashboardArgs {
  readonly namespace: pulumi.Input<string>;
  /** Image with its tag or digest. */
  readonly image: pulumi.Input<string>;
  /** Secret of type docker-registry the image is pulled with. */
  readonly pullSecret: pulumi.Input<string>;
  readonly replicas: pulumi.Input<number>;
  /** Port of the container and of the Service. */
  readonly port: number;
  /** MQTT address the browser connects to, `wss://…`; put into the delivered page, so never a secret. */
  readonly mqttUrl: pulumi.Input<string>;
  /** Address of the onboarding service for the browser. */
  readonly onboardingUrl: pulumi.Input<string>;
  readonly resources: Resources;
  /** Fingerprints of the Secrets the Pods refer to: a changed one replaces the Pods. */
  readonly secretFingerprints?: Readonly<Record<string, pulumi.Input<string>>>;
  /**
   * Labels by which Deployment and Service find the Pods. Cannot be changed on a Deployment that exists, so
   * one that is taken over keeps the selector it has.
   *
   * @default { app: "dashboard" }
   */
  readonly selector?: pulumi.Input<Record<string, string>>;
}

/** The template the image carries too; the ConfigMap's goes before it, so that a change needs no new image. */
const template = new URL("../images/dashboard/templates/dashboard.conf.template", import.meta.url);

/**
 * The dashboard: a page of static files served by nginx, which puts the run-time addresses into the
 * responses. One build of the image serves every installation.
 *
 * Runs as nginx's own user on a read-only root file system. Port 80 needs no capability, since the Pod lowers
 * the first port that anyone may bind.
 *
 * @example
 * new Dashboard("dashboard", {
 *   namespace: "mesh-six",
 *   image: "registry.bto.bar/jaybrto/mesh-six-dashboard:latest",
 *   pullSecret: "gitea-registry-secret",
 *   replicas: 1,
 *   port: 80,
 *   mqttUrl: "wss://rabbitmq-ws.bto.bar/ws",
 *   onboardingUrl: "https://mesh-six.bto.bar",
 *   resources: settings.dashboardResources,
 * }, { provider });
 */
export class Dashboard extends pulumi.ComponentResource {
  /** Name and port of the Service. */
  readonly service: pulumi.Output<{ name: string; port: number }>;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:Dashboard", name, {}, opts);
    const selector = pulumi.output(args.selector ?? { app: "dashboard" });
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: selector,
    });
    const configuration = { "dashboard.conf.template": readFileSync(template, "utf8") };

    const configMap = new ConfigMap(
      "dashboard-nginx",
      { metadata: metadata("dashboard-nginx"), data: configuration },
      { parent: this },
    );

    const deployment = new Deployment(
      "dashboard",
      {
        metadata: metadata("dashboard"),
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: selector },
          template: {
            metadata: {
              labels: selector,
              annotations: {
                "dapr.io/enabled": "false",
                "mesh-six/checksum": checksum(configuration, args.secretFingerprints ?? {}),
              },
            },
            spec: podSpec(args, configMap.metadata.name),
          },
        },
      },
      { parent: this },
    );

    const service = new Service(
      "dashboard",
      {
        metadata: metadata("dashboard"),
        spec: {
          type: "ClusterIP",
          selector,
          ports: [{ name: "http", port: args.port, targetPort: args.port, protocol: "TCP" }],
        },
      },
      // A Service waits for its Pods: without this for ten minutes where a failure elsewhere keeps them from being made.
      { parent: this, dependsOn: [deployment] },
    );

    this.service = service.metadata.name.apply((serviceName) => ({ name: serviceName, port: args.port }));
    this.registerOutputs({ service: this.service });
  }
}

function podSpec(args: DashboardArgs, configMap: pulumi.Input<string>) {
  const healthz = { path: "/healthz", port: args.port };
  return {
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: args.pullSecret }],
    securityContext: {
      runAsNonRoot: true,
      // The user `nginx` of the official image.
      runAsUser: 101,
      runAsGroup: 101,
      fsGroup: 101,
      seccompProfile: { type: "RuntimeDefault" },
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    containers: [
      {
        name: "dashboard",
        image: args.image,
        ports: [{ name: "http", containerPort: args.port, protocol: "TCP" }],
        // Plain values rather than references to a ConfigMap: a Deployment made by kubectl has them plain,
        // and server-side apply would leave both `value` and `valueFrom` standing, which is refused.
        env: [
          { name: "VITE_MQTT_URL", value: args.mqttUrl },
          { name: "VITE_ONBOARDING_URL", value: args.onboardingUrl },
          { name: "NGINX_PORT", value: String(args.port) },
        ],
        readinessProbe: { httpGet: healthz, initialDelaySeconds: 3, periodSeconds: 10 },
        livenessProbe: { httpGet: healthz, initialDelaySeconds: 5, periodSeconds: 20 },
        resources: args.resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "templates", mountPath: "/etc/nginx/templates", readOnly: true },
          { name: "writable", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "templates", configMap: { name: configMap } },
      // nginx's configuration from the template, its pid file and its buffers.
      { name: "writable", emptyDir: { sizeLimit: "32Mi" } },
    ],
  };
}

/** Changes whenever the Pods must be replaced though their own specification stays the same. */
function checksum(
  configuration: Readonly<Record<string, string>>,
  fingerprints: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<string> {
  return pulumi.all(fingerprints).apply((secrets) => {
    const content = [...Object.entries(configuration), ...Object.entries(secrets)].sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
  });
}
