import * as pulumi from "@pulumi/pulumi";
import { parseConnection } from "../lib/postgres/connection.ts";
import { isConfigSecret } from "../lib/pulumi/sdkInternals.ts";
import { declarations } from "./allSettings.ts";
import type { RawConfig, Values } from "./read.ts";
import { readValues } from "./read.ts";
import type { Problem } from "../lib/text/problem.ts";
import { SettingsError } from "./problems.ts";
import { furtherMetadata } from "./daprMetadata.ts";
import { resolvedRoutes } from "./ingressRoutes.ts";
import { checkSecrets, checkTogether } from "./rules.ts";
import { secretKeys } from "./secrets/standard.ts";
import { secretSources } from "./secrets/sources.ts";
import { checkUpkeepCertificate, readUpkeepCertificate } from "./areas/upkeepCertificate.ts";

export type { SecretSource } from "./secrets/sources.ts";
export type { Repository } from "./repositories.ts";

/** Every setting of the program, checked and typed; what is secret is a secret output. */
export type Settings = ReturnType<typeof group>;

/**
 * Reads all settings of the stack.
 *
 * @throws SettingsError which lists everything that is wrong, before anything is declared
 */
export function readSettings(): Settings {
  return settingsOf({ values: pulumi.runtime.allConfig(), isSecret: isConfigSecret });
}

/** The same of settings that were read elsewhere. @throws SettingsError */
export function settingsOf(raw: RawConfig): Settings {
  const problems: Problem[] = [];
  const { values, malformed } = readValues(raw, problems);
  checkTogether(values, raw.isSecret, problems);
  checkUpkeepCertificate(values, problems);
  // Nobody knows the other problems of a structure that could not be read.
  const ofSecrets = malformed.has("secrets") || malformed.has("secretValues") ? [] : problems;
  const secrets = secretSources(values, (value) => pulumi.secret(value), ofSecrets);
  checkSecrets(values, secrets, ofSecrets);
  if (problems.length > 0) throw new SettingsError(problems);
  return group(values, secrets, raw.isSecret("mesh-six:kubeconfig"));
}

function group(values: Values, secrets: ReturnType<typeof secretSources>, kubeconfigIsSecret: boolean) {
  const v = values;
  return {
    namespace: v.namespace,
    /** Objects of the cluster that exist already are taken over. */
    adopt: v.adopt,
    /** Fields of objects that are taken over, as `KIND/NAME PATH`: which stay, and which guarded ones may be lost. */
    adoption: { keep: v.adoptKeep, lose: v.adoptLose },
    objectMetadata: { labels: v.commonLabels, annotations: v.commonAnnotations },
    preflight: v.preflight,
    /** Gives secrets in plain, for the program's own look before the first write: never to be declared or shown. */
    inPlain: () => plainAccess(v),
    cluster: {
      /** Left out for the ambient one. */
      ...(v.kubeconfig === ""
        ? {}
        : { kubeconfig: kubeconfigIsSecret ? pulumi.secret(v.kubeconfig) : v.kubeconfig }),
      ...(v.kubeContext === "" ? {} : { context: v.kubeContext }),
    },
    database: {
      mode: v.databaseMode,
      /** Given with mode existing only. */
      url: pulumi.secret(v.databaseUrl),
      host: v.databaseHost,
      port: v.databasePort,
      name: v.databaseName,
      user: v.databaseUser,
      adminUser: v.databaseAdminUser,
      adminPassword: pulumi.secret(v.databaseAdminPassword),
      adminDatabase: v.databaseAdminDatabase,
      adminSuperuser: v.databaseAdminSuperuser,
      sslMode: v.databaseSslMode,
      vector: v.databaseVector,
      retain: v.databaseRetain,
      /** Address of the database for pods. */
      address: databaseAddress(v),
    },
    secrets: {
      sources: secrets,
      store: v.secretStore,
      rabbitmq: { host: v.rabbitmqHost, virtualHost: v.rabbitmqVirtualHost, tls: v.rabbitmqTls },
      registry: { server: v.registryServer, user: v.registryUser },
    },
    dapr: {
      ...secretKeys,
      redisHost: v.redisHost,
      statePrefix: v.daprStatePrefix,
      actorPrefix: v.daprActorPrefix,
      actorScopes: v.daprActorScopes,
      pubsub: v.daprPubsub,
      metadata: {
        "agent-statestore": furtherMetadata(v, "agent-statestore"),
        "actor-statestore": furtherMetadata(v, "actor-statestore"),
        "agent-pubsub": furtherMetadata(v, "agent-pubsub"),
        "agent-outbox": furtherMetadata(v, "agent-outbox"),
      },
      outboxTopic: v.daprOutboxTopic,
      resiliency: v.daprResiliency,
    },
    dashboard: {
      /** With tag or digest. */
      image: pinned(v, "dashboard") ?? v.dashboardImage,
      replicas: v.dashboardReplicas,
      port: v.dashboardPort,
      mqttUrl: v.dashboardMqttUrl,
      onboardingUrl: v.dashboardOnboardingUrl,
      pullSecret: v.dashboardPullSecret,
      resources: v.dashboardResources,
    },
    ingress: {
      host: v.ingressHost,
      routes: resolvedRoutes(v),
      apiGroup: v.ingressApiGroup,
      webhook: { name: v.ingressWebhookService, port: v.ingressWebhookPort },
      webhookPath: v.ingressWebhookPath,
    },
    argocd: {
      enabled: v.argocdEnabled,
      namespace: v.argocdNamespace,
      application: v.argocdApplication,
      project: v.argocdProject,
      repository: v.argocdRepository,
      revision: v.release.commit ?? v.argocdRevision,
      /** As kustomize takes them; empty without a release. */
      images: Object.keys(v.release.images).map((image) => pinned(v, image)!),
      path: v.argocdPath,
      server: v.argocdServer,
      /** The overlay's objects name the default namespace. */
      moved: v.namespace !== declarations.namespace.default,
      prune: v.argocdPrune,
      selfHeal: v.argocdSelfHeal,
      patchesBy: v.argocdPatchesBy,
      takeFrom: v.argocdTakeFrom,
      wait: v.argocdWait,
      waitMinutes: v.argocdWaitMinutes,
    },
    /** Prefix of the application's images. */
    imageRepository: v.imageRepository,
    release: v.release,
    migrations: {
      lockTimeout: v.migrationLockTimeout,
      statementTimeout: v.migrationStatementTimeout,
      allowOutOfOrder: v.migrationsOutOfOrder,
    },
    eventLog: {
      partitions: {
        monthsAhead: v.eventMonthsAhead,
        ...(v.eventKeepMonths === 0 ? {} : { keepMonths: v.eventKeepMonths }),
        oldPartitions: v.eventOldPartitions,
        timeZone: v.eventTimeZone,
      },
      upkeep: v.eventUpkeep
        ? {
            cron: v.eventUpkeepCron,
            image: v.eventUpkeepImage,
            pullSecret: v.eventUpkeepPullSecret,
            ...upkeepCertificate(v),
          }
        : undefined,
    },
    github: {
      organization: v.githubOrganization,
      access: {
        /** Empty for github.com. */
        baseUrl: v.githubBaseUrl,
        token: pulumi.secret(v.githubToken),
        backoffSeconds: v.githubBackoffSeconds,
      },
      writeDelayMs: v.githubWriteDelayMs,
      deleteOnDestroy: !v.githubRetain,
      webhook: {
        enabled: v.githubWebhook,
        url: v.githubWebhookUrl || `https://${v.ingressHost}/webhooks/github`,
        adoptId: v.githubWebhookId,
      },
      repositories: v.repositories,
      receiverBoard: v.receiverBoard,
    },
  };
}

/** The access to cluster, database and GitHub, with secrets in plain. */
function plainAccess(v: Values) {
  return {
    cluster: { kubeconfig: v.kubeconfig, context: v.kubeContext },
    database:
      v.databaseMode === "existing"
        ? { url: v.databaseUrl }
        : {
            host: v.databaseHost,
            port: v.databasePort,
            sslMode: v.databaseSslMode,
            adminDatabase: v.databaseAdminDatabase,
            adminUser: v.databaseAdminUser,
            adminPassword: v.databaseAdminPassword,
            adminSuperuser: v.databaseAdminSuperuser,
            vector: v.databaseVector,
            user: v.databaseUser,
            name: v.databaseName,
          },
    github: {
      baseUrl: v.githubBaseUrl,
      token: v.githubToken,
      organization: v.githubOrganization,
      repositories: v.repositories.map(({ name, template, public: open, visibility }) => ({
        name,
        template,
        public: visibility === undefined ? open : visibility === "public",
      })),
      webhook: v.githubWebhook,
    },
  };
}

/** The image by the release's digest; undefined where the release has none. */
function pinned(v: Values, image: string): string | undefined {
  const digest = v.release.images[image];
  return digest === undefined ? undefined : `${v.imageRepository}-${image}@${digest}`;
}

/** Address and options of the database for Pods; without user and password, which are in postgres-secret. */
function databaseAddress(v: Values) {
  if (v.databaseMode === "managed") {
    const { databaseHost: host, databasePort: port, databaseName: database } = v;
    return { host, port, database, sslMode: v.databaseSslMode as string };
  }
  const { host, port, database, sslMode, targetSessionAttrs, ...further } = parseConnection(v.databaseUrl);
  const { applicationName, connectTimeout, options } = further;
  return {
    ...{ host, port, database, sslMode, targetSessionAttrs },
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(options === undefined ? {} : { options: pulumi.secret(options) }),
  };
}

/** The certificate that the upkeep verifies the server by; nothing where it goes by its image's authorities. */
function upkeepCertificate(v: Values): { readonly rootCertificate?: string } {
  const rootCertificate = readUpkeepCertificate(v);
  return rootCertificate === undefined ? {} : { rootCertificate };
}
