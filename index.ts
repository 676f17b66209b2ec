import * as pulumi from "@pulumi/pulumi";
import { Additions } from "./components/cluster/additions.ts";
import { Adoption } from "./components/cluster/adoption.ts";
import { ArgoCd } from "./components/argocd.ts";
import { declareBoards } from "./components/boards.ts";
import { declareNamespace } from "./components/cluster/namespace.ts";
import { clusterProvider } from "./components/cluster/provider.ts";
import { DaprComponents } from "./components/daprComponents.ts";
import { Dashboard } from "./components/dashboard.ts";
import { Database, existingDatabase } from "./components/database.ts";
import { EventLog } from "./components/eventLog.ts";
import { Ingress, ingressRouteGroup } from "./components/ingress.ts";
import { asKustomizePatches } from "./components/receiver.ts";
import { isDeclaredBy, objectMetadata } from "./components/cluster/metadata.ts";
import { refuseUnadoptable } from "./preflight/adopted.ts";
import { AdditionsReview } from "./preflight/additions/review.ts";
import { isAdopting } from "./preflight/adoption/reportPlanned.ts";
import { sayWhatPatchesChange } from "./preflight/adoption/patched.ts";
import { AdoptionReview } from "./preflight/adoption/review.ts";
import { preflight } from "./preflight/preflight.ts";
import { heldRepositories } from "./preflight/ownState.ts";
import { ingressKinds, neededKinds } from "./preflight/kinds.ts";
import { connect } from "./lib/kubernetes/cluster.ts";
import { leaveOutSdkDebugging } from "./lib/pulumi/sdkInternals.ts";
import { wantedApplication } from "./preflight/application/wanted.ts";
import { Secrets } from "./components/secrets.ts";
import { readSettings } from "./settings/settings.ts";
import { databaseSecret } from "./settings/secrets/standard.ts";
import { sayWhyUnready } from "./preflight/sayWhyUnready.ts";
import { refuseTaken, sayWhatIsTaken } from "./preflight/takenOnGitHub.ts";
import { Migrations } from "./providers/migrations/resource.ts";

leaveOutSdkDebugging();
const settings = readSettings();
const access = settings.inPlain();
const adopt = isAdopting(settings.adopt);
const surroundings = await preflight({
  ...access,
  enabled: settings.preflight,
  adopt,
  kinds: neededKinds(settings),
  kindsOfIngress: ingressKinds(settings),
  secrets: settings.secrets.sources,
  namespace: settings.namespace,
  isOwn: isDeclaredBy(pulumi.getStack()),
  application: wantedApplication(settings, pulumi.getStack()),
});

const { application, enabled, patchesBy, ...argocd } = settings.argocd;
// An Application that its parent declares is nothing of ours: preflight has seen that the patches are in it.
const hasArgocd = enabled && patchesBy === "program";
const takenFrom = hasArgocd ? { namespace: argocd.namespace, name: application } : undefined;

const review = new AdoptionReview({
  adopt,
  cluster: () => connect(access.cluster),
  namespace: settings.namespace,
  application: takenFrom,
  choices: settings.adoption,
});
pulumi.runtime.registerStackTransformation(review.transformation);
const additions = new Additions("additions", {
  cluster: settings.cluster,
  namespace: settings.namespace,
  keep: settings.adoption.keep,
});
pulumi.runtime.registerStackTransformation(additions.transformation);
const additionsReview = new AdditionsReview({
  cluster: () => connect(access.cluster),
  ...settings.adoption,
});
pulumi.runtime.registerStackTransformation(additionsReview.transformation);

const ingressGroup = ingressRouteGroup(surroundings.ingressGroups);
if (ingressGroup.notice !== undefined) await pulumi.log.warn(ingressGroup.notice);

const clusterArgs = {
  ...settings.cluster,
  // One stack, one cluster: a new certificate or address of the API server must not replace every object.
  clusterIdentifier: "mesh-six",
  enableServerSideApply: true,
  // Fields edited by hand belong to the editor from then on; the next `up` takes them back.
  enablePatchForce: true,
  // A changed Secret or ConfigMap is changed in place; else it would be missing between delete and create.
  enableSecretMutable: true,
  enableConfigMapMutable: true,
  upsertExistingObjects: adopt,
};
const cluster = clusterProvider("cluster", clusterArgs, access.cluster);

const commonMetadata = objectMetadata({ ...settings.objectMetadata, stack: pulumi.getStack() });
const namespaceObject = declareNamespace(
  "namespace",
  { namespace: settings.namespace, stays: adopt || surroundings.namespaceStays },
  { provider: cluster, transformations: [commonMetadata, surroundings.refuseExisting] },
);
const namespaceName = namespaceObject.metadata.name;

const adoption = new Adoption("adoption", {
  cluster: settings.cluster,
  adopt,
  namespace: settings.namespace,
  application: takenFrom,
  seen: surroundings.takenOut,
});
const inCluster = {
  provider: cluster,
  transformations: [commonMetadata, adoption.transformation, surroundings.refuseExisting],
};

const database =
  settings.database.mode === "existing"
    ? existingDatabase(settings.database.url)
    : new Database("database", { ...settings.database, found: surroundings.database });

const secrets = new Secrets(
  "secrets",
  {
    ...settings.secrets,
    namespace: namespaceName,
    database: { url: database.servicesUrl, username: database.username, password: database.password },
    readSecret: surroundings.readSecret,
    handOver: surroundings.handedOver,
  },
  { ...inCluster, transformations: [...inCluster.transformations, surroundings.secretHandOver] },
);

const migrations = new Migrations("migrations", { url: database.url, ...settings.migrations });
const { upkeep } = settings.eventLog;
new EventLog(
  "event-log",
  {
    ...settings.eventLog.partitions,
    url: database.url,
    schedule:
      upkeep === undefined
        ? undefined
        : {
            ...upkeep,
            ...settings.database.address,
            namespace: namespaceName,
            secretName: databaseSecret,
          },
  },
  { ...inCluster, dependsOn: [migrations] },
);

const dapr = new DaprComponents(
  "dapr",
  {
    ...settings.dapr,
    namespace: namespaceName,
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
    selector: adoption.selector("dashboard", { app: "dashboard" }),
    secretFingerprints: pullFingerprint === undefined ? {} : { [pullSecret]: pullFingerprint },
  },
  {
    ...inCluster,
    transformations: [...inCluster.transformations, sayWhyUnready(() => connect(access.cluster))],
  },
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

const isAdopted = settings.github.repositories.some((repository) => repository.adopt);
const held = isAdopted ? await heldRepositories() : new Set<string>();
if (isAdopted && settings.preflight)
  await refuseUnadoptable(access.github, settings.github.repositories, held);
const github = { ...settings.github, held };
const boards = declareBoards(github, secrets, { url: database.url, migrations }, [
  surroundings.guardToken,
  ...(settings.preflight ? [refuseTaken(access.github, settings.github.webhook.url)] : []),
  sayWhatIsTaken(),
]);

const patches = asKustomizePatches(boards.patches);
const declared = adoption.complete();
if (hasArgocd) {
  const changesOfPatches = sayWhatPatchesChange({
    adopt,
    cluster: () => connect(access.cluster),
    namespace: settings.namespace,
    patches: boards.patches,
  });
  new ArgoCd(
    "argocd",
    {
      ...argocd,
      application,
      stack: pulumi.getStack(),
      cluster: settings.cluster,
      destination: settings.namespace,
      declared,
      patches,
    },
    {
      provider: cluster,
      transformations: [commonMetadata, surroundings.refuseExisting, changesOfPatches],
    },
  );
}

additions.complete();

// To be pasted into the Application's parent, where that is to have them; else none.
export const argocdPatches = enabled && patchesBy === "parent" ? patches : [];

export const namespace = namespaceName;
export const dashboardUrl = ingress.url;
export const webhookUrl = settings.github.webhook.url;
export const webhookPing = boards.webhookPing;
export const databaseUrl = database.url;
export const secretNames = secrets.names;
export const repositories = boards.repositories;
export const receiver = boards.receiver;

// `npm run outputs`, `smoke` and `e2e` start from these outputs.
export const release = settings.release;
export const daprComponents = dapr.names;
export const kubernetes = settings.cluster;
export const githubUrl = settings.github.access.baseUrl;
export const githubToken = settings.github.access.token;
export const testRepository = boards.testRepository;
