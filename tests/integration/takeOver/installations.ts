/**
 * Installations as the old plan, or people since, may have left them: how ArgoCD marks objects, what the Application
 * says, and what lies in the namespace besides. All of them can be taken over as they are.
 */
export interface Installation {
  /** Whatever is special about it, as a test's name goes on from "takes over". */
  readonly what: string;
  /** In argocd-cm, beside what is there. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** Of the Application, over the usual ones. */
  readonly syncPolicy?: object;
  readonly destination?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Further patches in the Application, which are people's. */
  readonly patches?: readonly { readonly target: object; readonly patch: string }[];
  /** Metadata that is on our objects already. */
  readonly onObjects?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Objects of people's in the namespace, without their namespace. */
  readonly others?: readonly object[];
}

const method = (name: string) => ({ "application.resourceTrackingMethod": name });
const key = (name: string) => ({ "application.instanceLabelKey": name });
const finalizer = "resources-finalizer.argocd.argoproj.io";
const object = (apiVersion: string, kind: string, name: string, rest: object, metadata: object = {}) => ({
  ...{ apiVersion, kind, metadata: { name, ...metadata } },
  ...rest,
});
const secret = (name: string, metadata: object = {}) =>
  object("v1", "Secret", name, { stringData: { token: "by-hand" } }, metadata);
const claim = (metadata: object = {}) =>
  object(
    ...(["v1", "PersistentVolumeClaim", "data"] as const),
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    metadata,
  );
const configMap = (name: string, metadata: object = {}) =>
  object("v1", "ConfigMap", name, { data: { by: "hand" } }, metadata);
const options = (text: string) => ({ annotations: { "argocd.argoproj.io/sync-options": text } });
const automated = { prune: true, selfHeal: true };
const replicas = {
  target: { kind: "Deployment", name: "orchestrator" },
  patch: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orchestrator}\nspec: {replicas: 2}\n",
};

export const installations: readonly Installation[] = [
  { what: "what ArgoCD marks by its default" },
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
  { what: "objects that ArgoCD was told to keep", onObjects: options("Prune=false") },
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
];
