import * as z from "zod";
import { choice, flag, integer, list, name, secretText, structure, structures, text } from "./declaration.ts";
import {
  cron,
  dnsName,
  host,
  hostAndPort,
  labelName,
  objectName,
  optionalUrl,
  organization,
  path,
  sqlName,
  timeZone,
  url,
} from "./formats.ts";
import { commonAnnotations, commonLabels } from "./objectMetadata.ts";
import { repositories } from "./repositories.ts";
import { pubsub, resiliency, resources, secretEntries, secretValues } from "./structures.ts";

/**
 * Every setting of the program, by its key in the namespace `mesh-six`.
 *
 * The only place of the production defaults; Pulumi.yaml repeats them for the engine and for readers, and a
 * test holds the two together.
 */
export const declarations = {
  kubeconfig: text(
    "Path of the kubeconfig file, or its content (then as a secret); empty for KUBECONFIG, ~/.kube/config or the pod's own account",
    "",
  ),
  kubeContext: text("Context in the kubeconfig; empty for its current one", ""),
  namespace: name("Namespace of everything mesh-six runs in the cluster", "mesh-six", { schema: labelName }),
  adopt: flag("Take over objects of the cluster that already exist, instead of refusing them", false),
  commonLabels: structure(
    "Labels of every object the program declares and of its Pods, besides the program's own (docs/settings.md)",
    commonLabels,
  ),
  commonAnnotations: structure(
    "Annotations of every object the program declares and of its Pods, besides the program's own (docs/settings.md)",
    commonAnnotations,
  ),
  preflight: flag(
    "Look at cluster and database before the first write; false where they are out of reach, as for previews on pull requests",
    true,
  ),

  databaseMode: choice(
    "managed: make role and database on the server; existing: use databaseUrl as it is",
    ["managed", "existing"],
    "managed",
  ),
  databaseUrl: secretText(
    "Connection string of the database to use with databaseMode existing: postgresql://user:password@host:port/name",
  ),
  databaseHost: name("Host of the PostgreSQL server", "pgsql.k3s.bto.bar", { schema: host }),
  databasePort: integer("Port of the PostgreSQL server", 5432, { min: 1, max: 65535 }),
  databaseName: name("Database that is made and owned by databaseUser", "mesh_six", { schema: sqlName }),
  databaseUser: name("Role that is made for mesh-six, with a generated password", "mesh_six", {
    schema: sqlName,
  }),
  databaseAdminUser: name("Role that may make roles and databases; used by Pulumi only", "postgres"),
  databaseAdminPassword: secretText("Password of databaseAdminUser"),
  databaseAdminDatabase: name("Database that databaseAdminUser connects to", "postgres"),
  databaseAdminSuperuser: flag("Whether databaseAdminUser is a superuser; false on hosted servers", true),
  databaseSslMode: choice(
    "TLS to the server, for Pulumi and in postgres-secret",
    ["disable", "require", "verify-ca", "verify-full"],
    "disable",
  ),
  databaseVector: flag(
    "Create the extension vector in the database; the server must have pgvector installed",
    false,
  ),
  databaseRetain: flag("Keep role and database when the stack is destroyed", true),

  secrets: structure(
    "Secrets of the namespace by name, over the standard list: source, keys, kind (docs/settings.md)",
    secretEntries,
  ),
  secretValues: structure("Values of the secrets whose source is config: name, then key", secretValues, true),
  secretStore: name(
    "ClusterSecretStore of the External Secrets Operator for secrets from Vault",
    "vault-backend",
    { schema: objectName },
  ),
  vaultKey: name("Path in Vault of the secrets' properties", "secret/data/mesh-six"),
  rabbitmqHost: name("Host and port of RabbitMQ in rabbitmq-secret", "rabbitmq-amqp.k3s.bto.bar:5672", {
    schema: hostAndPort,
  }),
  rabbitmqVirtualHost: name("Virtual host in rabbitmq-secret", "/"),
  rabbitmqTls: flag("Whether the url in rabbitmq-secret is amqps", false),
  registryServer: name("Container registry of gitea-registry-secret", "registry.bto.bar"),
  registryUser: name("User at the container registry", "registry-user"),

  redisHost: name("Host and port of Redis for Dapr's state stores", "redis-master.redis-system:6379", {
    schema: hostAndPort,
  }),
  daprStatePrefix: name("Key prefix of agent-statestore", "mesh-six:"),
  daprActorPrefix: name("Key prefix of actor-statestore", "mesh-six-actors:"),
  daprActorScopes: list("Applications that run actors or workflows, for which actor-statestore is there", [
    "llm-service",
    "architect-agent",
    "project-manager",
    "onboarding-service",
    "implementer",
  ]),
  daprPubsub: structure("How agent-pubsub treats queues and messages (docs/settings.md)", pubsub),
  daprOutboxTopic: name("Topic that agent-outbox publishes to", "task-results"),
  daprResiliency: structure(
    "Timeouts, retries and circuit breaker of agent-resiliency (docs/settings.md)",
    resiliency,
  ),

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
  dashboardPullSecret: name("Secret the dashboard's image is pulled with", "gitea-registry-secret", {
    schema: objectName,
  }),
  dashboardResources: structure(
    "CPU and memory the dashboard asks for and may use (docs/settings.md)",
    resources,
  ),

  ingressHost: name("Host name of the dashboard and the webhook receiver", "mesh-six.bto.bar", {
    schema: dnsName,
  }),
  ingressEntryPoint: name("Traefik entry point", "websecure"),
  ingressCertResolver: name("Traefik certificate resolver", "letsencrypt"),
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

  argocdEnabled: flag("Declare the ArgoCD Application", true),
  argocdNamespace: name("Namespace of ArgoCD", "argocd", { schema: labelName }),
  argocdApplication: name("Name of the Application", "mesh-six", { schema: objectName }),
  argocdProject: name("ArgoCD project of the Application", "default"),
  argocdRepository: name("Repository of the application's manifests", "https://github.com/jaybrto/mesh-six"),
  argocdRevision: name("Branch, tag or commit ArgoCD follows", "main"),
  argocdPath: name("Path of the kustomize overlay in that repository", "k8s/overlays/prod"),
  argocdServer: name("API server ArgoCD deploys to", "https://kubernetes.default.svc", {
    schema: url("https"),
  }),
  argocdPrune: flag("ArgoCD deletes what its source no longer holds", true),
  argocdSelfHeal: flag("ArgoCD puts right what was changed in the cluster", true),
  argocdWait: flag("Wait until the Application is Synced and Healthy", false),
  argocdWaitMinutes: integer("Longest wait for that, in minutes", 15, { min: 1, max: 240 }),

  migrationLockTimeout: integer(
    "Longest wait of a migration's statement for a lock, in milliseconds; 0 for ever",
    10000,
    { min: 0, max: 3600000 },
  ),
  migrationStatementTimeout: integer(
    "Longest run of a migration's statement, in milliseconds; 0 for ever",
    0,
    { min: 0, max: 86400000 },
  ),
  migrationsOutOfOrder: flag("Let a migration run although one with a higher number is applied", false),
  eventMonthsAhead: integer("Months for which the event log has partitions ready after the current one", 6, {
    min: 1,
    max: 120,
  }),
  eventKeepMonths: integer("Full months the event log keeps before the current one; 0 for all", 0, {
    min: 0,
    max: 1200,
  }),
  eventOldPartitions: choice(
    "What becomes of older months: keep detaches them, drop deletes them",
    ["keep", "drop"],
    "keep",
  ),
  eventTimeZone: name("Time zone whose midnight begins a month of the event log (IANA name)", "UTC", {
    schema: timeZone,
  }),
  eventUpkeep: flag(
    "Keep the event log's partitions ahead by a CronJob too, for times in which nobody runs pulumi up",
    true,
  ),
  eventUpkeepCron: name("When that CronJob runs: cron's five fields, in UTC", "17 3 * * *", {
    schema: cron,
  }),
  eventUpkeepImage: name(
    "Image of that CronJob: any with psql 14 or later",
    "docker.io/library/postgres:18-alpine",
  ),

  githubBaseUrl: text("GitHub Enterprise or an emulator; empty for github.com", "", {
    schema: optionalUrl("http", "https"),
    example: "https://github.example.com/",
  }),
  githubOrganization: name("Organization that owns repositories, boards and the webhook", "bto-labs", {
    schema: organization,
  }),
  githubToken: secretText(
    "Token for repositories, boards and the organization's webhook; used by Pulumi and the end-to-end test only",
  ),
  githubBackoffSeconds: integer("First wait after GitHub's secondary rate limit, in seconds", 60, {
    min: 1,
    max: 3600,
  }),
  githubWriteDelayMs: integer("Pause between two writes to GitHub, in milliseconds", 1000, {
    min: 0,
    max: 60000,
  }),
  githubRetain: flag("Keep repositories, boards and the webhook when the stack is destroyed", true),
  githubWebhook: flag("Declare the organization's webhook for board events", true),
  githubWebhookUrl: text("Address GitHub delivers to; empty for https://INGRESS_HOST/webhooks/github", "", {
    schema: optionalUrl("http", "https"),
    example: "https://mesh-six.bto.bar/webhooks/github",
  }),
  githubWebhookId: text("Number of a webhook to take over that is there already; empty to make one", "", {
    schema: z.string().regex(/^\d*$/, { error: "a number" }),
    example: "12345678",
  }),
  repositories: structures(
    "Repositories with their boards and registry rows (docs/settings.md)",
    repositories,
    [
      {
        name: "gwa-test-app",
        description: "Bookmarks manager — mesh-six E2E test fixture",
        template: "gwa-test-app",
        deployUrl: "https://test-app.bto.bar",
      },
    ],
  ),
  receiverBoard: text(
    "Repository whose board's ids the webhook receiver and the project manager get; empty for the first",
    "",
  ),
};
