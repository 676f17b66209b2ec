import type { KustomizePatch } from "../../../../lib/argocd/application.ts";
import type { StackValues } from "../../../support/engine/program.ts";
import {
  claim,
  component,
  configMap,
  containers,
  dashboards,
  middleware,
  ports,
  replicas,
  route,
  secret,
} from "./belongings.ts";

/**
 * Installations as the old plan, or people since, may have left them: how ArgoCD marks objects, what the Application
 * says, and what lies in the namespace besides. All of them can be taken over, some with settings that say how.
 */
export interface Installation {
  /** Its special feature, as a test's name goes on from "takes over". */
  readonly what: string;
  /** In argocd-cm, beside what is there. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Name of the Application, before the case's own. @default none */
  readonly prefix?: string;
  readonly finalizers?: readonly string[];
  /** Parts of the Application, over the usual ones. */
  readonly syncPolicy?: object;
  readonly destination?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Further patches in the Application, which are people's. */
  readonly patches?: readonly KustomizePatch[];
  /** Metadata that is on our objects already. */
  readonly onObjects?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Objects of people's in the namespace, without their namespace. */
  readonly others?: readonly object[];
  /** Values of the stack, over those of every case. */
  readonly values?: StackValues;
  /** Paths that the plan has to call lost, as `Kind/name path`, beside others. */
  readonly lost?: readonly string[];
}

const method = (name: string) => ({ "application.resourceTrackingMethod": name });
const key = (name: string) => ({ "application.instanceLabelKey": name });
const finalizer = "resources-finalizer.argocd.argoproj.io";
const options = (text: string) => ({ annotations: { "argocd.argoproj.io/sync-options": text } });
const automated = { prune: true, selfHeal: true };
const json = JSON.stringify;
const redis = { "redis-secret": { source: "config" } };
const own = "Deployment/dashboard spec.template.spec.containers[dashboard]";
const proxy = "Deployment/dashboard spec.template.spec.containers[proxy]";
const rule = "IngressRoute/dashboard spec.routes[Host(`mesh-six.bto.bar`)]";

export const installations: readonly Installation[] = [
  { what: "the marks of ArgoCD's default" },
  { what: "annotations, as set", settings: method("annotation") },
  { what: "labels, as set", settings: method("label") },
  { what: "annotations and labels", settings: method("annotation+label") },
  {
    what: "labels of the chart's key",
    settings: { ...method("label"), ...key("argocd.argoproj.io/instance") },
  },
  { what: "labels of a key of one's own", settings: { ...method("label"), ...key("example.com/app") } },
  {
    what: "both with a key of one's own",
    settings: { ...method("annotation+label"), ...key("example.com/app") },
  },
  { what: "a key that only names the label", settings: key("argocd.argoproj.io/instance") },
  { what: "an installation's id", settings: { installationID: "one" } },
  {
    what: "an installation's id with both marks",
    settings: { ...method("annotation+label"), installationID: "one" },
  },
  { what: "the finalizer", finalizers: [finalizer] },
  { what: "the finalizer that deletes in the background", finalizers: [`${finalizer}/background`] },
  { what: "the finalizer that deletes in the foreground", finalizers: [`${finalizer}/foreground`] },
  { what: "the finalizer, by labels", settings: method("label"), finalizers: [finalizer] },
  { what: "several finalizers", finalizers: [finalizer, "post-delete-finalizer.argocd.argoproj.io"] },
  { what: "a cluster by its name", destination: { name: "in-cluster" } },
  { what: "no automated sync", syncPolicy: {} },
  { what: "automated sync without healing", syncPolicy: { automated: { prune: true } } },
  {
    what: "server-side apply",
    syncPolicy: { automated, syncOptions: ["CreateNamespace=true", "ServerSideApply=true"] },
  },
  { what: "only what is out of sync", syncPolicy: { automated, syncOptions: ["ApplyOutOfSyncOnly=true"] } },
  { what: "a sync that prunes last", syncPolicy: { automated, syncOptions: ["PruneLast=true"] } },
  { what: "people's patches", patches: [replicas] },
  { what: "options on our objects", onObjects: options("Validate=false,Prune=true") },
  { what: "objects that ArgoCD keeps by an option", onObjects: options("Prune=false") },
  {
    what: "a chart's label on our objects",
    settings: method("annotation"),
    onObjects: { labels: { "app.kubernetes.io/instance": "chart" } },
  },
  {
    what: "Secrets made by kubectl",
    others: [secret("made-by-hand"), secret("registry", { labels: { team: "agents" } })],
  },
  {
    what: "a Secret that bears ArgoCD's label",
    settings: method("label"),
    others: [secret("copied", { labels: { "app.kubernetes.io/instance": "other" } })],
  },
  { what: "a volume claim with data", others: [claim()] },
  { what: "a volume claim, with the finalizer", finalizers: [finalizer], others: [claim()] },
  {
    what: "a Namespace full of people's objects",
    others: [configMap("notes"), secret("keys"), claim(), configMap("more", { annotations: { by: "hand" } })],
  },
  { what: "options on the Application", annotations: { "argocd.argoproj.io/sync-options": "Replace=true" } },
  {
    what: "all at once, by labels",
    settings: { ...method("label"), ...key("example.com/app") },
    finalizers: [finalizer],
    patches: [replicas],
    onObjects: options("Validate=false"),
    others: [claim(), secret("keys")],
  },
  { what: "an Application of another name", prefix: "agents-" },
  {
    what: "Secrets of our names that kubectl made",
    others: [
      secret("github-secret", {
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"kind":"Secret"}' },
      }),
      secret("rabbitmq-secret", {}, { url: "amqp://old", more: "kept" }),
    ],
  },
  {
    what: "an ExternalSecret of our name",
    values: { secrets: json({ ...redis, "litellm-secret": { externalSecret: "litellm-secret" } }) },
  },
  {
    what: "a login, which the settings keep",
    patches: [route({ middlewares: [{ name: "login" }] })],
    others: [middleware("login")],
    values: { ingressRoutes: json({ dashboard: { middlewares: [{ name: "login" }] } }) },
  },
  {
    what: "a login, which the settings let go",
    patches: [route({ middlewares: [{ name: "login" }] })],
    others: [middleware("login")],
    values: { adoptLose: json(["IngressRoute/dashboard spec.routes"]) },
    lost: [`${rule}.middlewares[login].name`],
  },
  {
    what: "a certificate of a Secret, another entry point and a priority, which the settings keep",
    patches: [
      route({ priority: 10 }, { entryPoints: ["web"], tls: { certResolver: null, secretName: "cert" } }),
    ],
    values: {
      ingressRoutes: json({ dashboard: { priority: 10, entryPoints: ["web"], tls: { secretName: "cert" } } }),
    },
  },
  {
    what: "a probe by tcpSocket",
    patches: [containers.probe],
    lost: [`${own}.readinessProbe.tcpSocket.port`],
  },
  {
    what: "variables from a Secret and of people's own",
    patches: [containers.variable],
    lost: [
      ...["key", "name"].map((field) => `${own}.env[VITE_MQTT_URL].valueFrom.secretKeyRef.${field}`),
      ...["name", "value"].map((field) => `${own}.env[EXTRA].${field}`),
    ],
  },
  {
    what: "a sidecar, which the settings keep",
    patches: [containers.sidecar],
    values: { adoptKeep: json([proxy]) },
  },
  {
    what: "a sidecar, which the settings let go",
    patches: [containers.sidecar],
    values: { adoptLose: json([proxy]) },
    lost: [`${proxy}.name`, `${proxy}.image`],
  },
  {
    what: "a container with a command, as root, with a capability",
    patches: [containers.root],
    lost: [
      `${own}.command[nginx]`,
      `${own}.securityContext.capabilities.add[NET_ADMIN]`,
      `${own}.securityContext.runAsUser`,
    ],
  },
  {
    what: "a Service with other ports",
    patches: [ports],
    lost: ["8080", "9090"].map((port) => `Service/dashboard spec.ports[${port}/TCP].port`),
  },
  {
    what: "a Component with TLS, a user and scopes",
    patches: [
      component(
        [
          { name: "enableTLS", value: "true" },
          { name: "redisUsername", value: "agents" },
        ],
        { scopes: ["llm-service"] },
      ),
    ],
    values: {
      daprMetadata: json({ "agent-statestore": { enableTLS: "true" } }),
      adoptLose: json(["Component/agent-statestore scopes"]),
    },
    lost: [
      "Component/agent-statestore scopes[llm-service]",
      "Component/agent-statestore spec.metadata[redisUsername].value",
    ],
  },
  { what: "people's patch without a target, of what is taken out", patches: [{ patch: dashboards.patch }] },
];
