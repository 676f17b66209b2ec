import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DaprComponents } from "./components/daprComponents.ts";
import { Dashboard } from "./components/dashboard.ts";
import { Database, existingDatabase } from "./components/database.ts";
import { Ingress, ingressRouteGroup } from "./components/ingress.ts";
import { partOfMeshSix } from "./components/labels.ts";
import { preflight } from "./components/preflight.ts";
import { ingressKinds, neededKinds } from "./components/preflight/kinds.ts";
import { Secrets } from "./components/secrets.ts";
import { readSettings } from "./components/settings.ts";

const settings = readSettings();
const surroundings = await preflight({
  ...settings.preflight,
  kinds: neededKinds(settings),
  kindsOfIngress: ingressKinds(settings),
  secrets: settings.secrets.sources,
});

const ingressGroup = ingressRouteGroup(surroundings.ingressGroups);
if (ingressGroup.notice !== undefined) await pulumi.log.warn(ingressGroup.notice);

const cluster = new k8s.Provider("cluster", {
  ...settings.cluster,
  // One stack, one cluster: a new certificate or address of the API server must not replace every object.
  clusterIdentifier: "mesh-six",
  enableServerSideApply: true,
  // Fields edited by hand belong to the editor from then on; the next `up` takes them back.
  enablePatchForce: true,
  // A changed Secret or ConfigMap is changed in place; else it would be missing between delete and create.
  enableSecretMutable: true,
  enableConfigMapMutable: true,
  upsertExistingObjects: settings.adopt,
});

const namespaceObject = new k8s.core.v1.Namespace(
  "namespace",
  { metadata: { name: settings.namespace, labels: partOfMeshSix } },
  { provider: cluster, retainOnDelete: settings.adopt },
);
const namespaceName = namespaceObject.metadata.name;
const inCluster = { provider: cluster };

const database =
  settings.database.mode === "existing"
    ? existingDatabase(settings.database.url)
    : new Database("database", settings.database);

const secrets = new Secrets(
  "secrets",
  { ...settings.secrets, namespace: namespaceName, database, readSecret: surroundings.readSecret },
  inCluster,
);

new DaprComponents(
  "dapr",
  {
    ...settings.dapr,
    namespace: namespaceName,
    redisPassword: { name: "redis-secret", key: "password" },
    rabbitmqUrl: { name: "rabbitmq-secret", key: "url" },
    postgresUrl: { name: "postgres-secret", key: "url" },
  },
  inCluster,
);

const { pullSecret } = settings.dashboard;
const pullFingerprint = secrets.fingerprints[pullSecret];
const dashboard = new Dashboard(
  "dashboard",
  {
    ...settings.dashboard,
    namespace: namespaceName,
    secretFingerprints: pullFingerprint === undefined ? {} : { [pullSecret]: pullFingerprint },
  },
  inCluster,
);

const ingress = new Ingress(
  "ingress",
  {
    ...settings.ingress,
    namespace: namespaceName,
    apiGroup: ingressGroup.group,
    dashboard: dashboard.service,
  },
  inCluster,
);

export const namespace = namespaceName;
export const dashboardUrl = ingress.url;
export const webhookUrl = settings.github.webhookUrl;
export const databaseUrl = database.url;
export const secretNames = secrets.names;
