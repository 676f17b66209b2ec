import { deletion, signed } from "../../../lib/argocd/ownPatch.ts";
import type { Seen, Wanted } from "../../../preflight/application/seen.ts";
import { application, component } from "./wantedApplication.ts";

/** Patches as they were before they named their stack. */
const old = {
  kustomize: {
    patches: [
      { ...deletion(component), patch: "# Written by the Pulumi stack of mesh-six\n$patch: delete\n" },
    ],
  },
};
/** Patches as Argo CD takes them too: all their fields may be left out. */
const files = [{ path: "patch.yaml" }, { path: "other.yaml", target: { kind: "Service" } }, {}];
const inFiles = { kustomize: { patches: files } };
const both = [...files, signed(deletion(component), "dev")];
const tracked = [{ kind: "Component", namespace: "mesh-six", name: "agent-pubsub" }];
const set = "ownerReferences";
const byRoot = {
  annotations: { "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/mesh-six" },
};

/** The installation, the different settings, and the refusals of each; none where it is taken as it is. */
export const cases: readonly (readonly [string, Partial<Seen>, Partial<Wanted>, ...RegExp[]])[] = [
  ["nothing yet", {}, {}],
  ["the Application of the old plan", { found: application() }, {}],
  ["this stack's own", { found: application({ stack: "prod" }) }, {}],
  [
    "the repository by another of its addresses",
    { found: application({ source: { repoURL: "git@github.com:Jaybrto/mesh-six.git" } }) },
    {},
  ],
  ["a destination without a namespace", { found: application({ destination: { namespace: "" } }) }, {}],
  [
    "an unrelated Application that deploys there too",
    { all: [application({ name: "rules", source: { path: "rules", repoURL: "x" } })] },
    {},
  ],
  [
    "an unrelated Application with patches that lie in files of its source",
    { all: [application({ name: "rules", source: { path: "rules", repoURL: "x", ...inFiles } })] },
    {},
  ],
  ["the Application with such patches", { found: application({ source: inFiles }) }, {}],
  [
    "such patches beside those of another stack",
    { found: application({ source: { kustomize: { patches: both } } }), held: false },
    {},
    /got patches of stack dev;/,
  ],
  ["this stack's under its former name", { all: [application({ name: "before", stack: "prod" })] }, {}],
  ["old patches that the state holds", { found: application({ source: old }), held: true }, {}],
  ["old patches, and a state that cannot be read", { found: application({ source: old }) }, {}],
  ["a renamed stack", { found: application({ stack: "dev" }), held: true }, {}],
  [
    "another's patches, as a setting says",
    { found: application({ stack: "dev" }), held: false },
    { takeFrom: "dev" },
  ],
  [
    "old patches, as a setting says",
    { found: application({ source: old }), held: false },
    { takeFrom: "unnamed" },
  ],
  [
    "the installation under another name",
    { all: [application({ name: "agents", resources: tracked, source: { path: "moved" } })] },
    {},
    /^Application argocd\/agents: expected argocd\/mesh-six .* got this one, which tracks Component agent-pubsub; name it: pulumi config set mesh-six:argocdApplication agents$/,
  ],
  [
    "the same in another namespace, never synced",
    { all: [application({ name: "agents", metadata: { namespace: "apps" } })] },
    {},
    /Application apps\/agents: .* deploys the same overlay there; .*argocdApplication agents && pulumi config set mesh-six:argocdNamespace apps$/,
  ],
  [
    "another namespace",
    { found: application() },
    { namespace: "agents" },
    /got mesh-six, which would be pruned with everything in it; to take over what is there: pulumi config set mesh-six:namespace mesh-six;/,
  ],
  [
    "a namespace by kustomize",
    { found: application({ source: { kustomize: { namespace: "staging" } } }) },
    {},
    /mesh-six:namespace staging/,
  ],
  [
    "another namespace of this stack's own",
    { found: application({ stack: "prod" }) },
    { namespace: "agents" },
    /got mesh-six, which would be pruned/,
  ],
  [
    "another cluster",
    { found: application({ destination: { server: "https://far:6443" } }) },
    {},
    /mesh-six:argocdServer https:\/\/far:6443$/,
  ],
  [
    "another cluster that a setting names too",
    { found: application({ destination: { name: "edge", server: undefined } }), elsewhere: true },
    {},
    /expected to deploy to this cluster, got edge, .* would be pruned there; name another: .*argocdApplication NAME; .*argocdEnabled false$/,
  ],
  [
    "another project",
    { found: application({ rest: { project: "agents" } }) },
    {},
    /expected project default .* got agents, .*; pulumi config set mesh-six:argocdProject agents$/,
  ],
  [
    "another revision",
    { found: application({ source: { targetRevision: "v1.2" } }) },
    {},
    /expected revision main .* got v1\.2; pulumi config set mesh-six:argocdRevision v1\.2$/,
  ],
  ["the default branch", { found: application({ source: { targetRevision: "HEAD" } }) }, {}],
  [
    "another revision in favour of a release's",
    { found: application({ source: { targetRevision: "v1.2" } }) },
    { revision: undefined },
  ],
  [
    "objects that it would prune from now on",
    { found: application(), leftOver: [{ kind: "Deployment", name: "old" }] },
    {},
    /got Deployment old, .* would prune from now on .*; to keep them: .*argocdPrune false,/,
  ],
  [
    "objects that it has not pruned and never does",
    { found: application(), leftOver: [{ kind: "Deployment", name: "old" }] },
    { prune: false },
  ],
  [
    "replicas of what the program declares",
    {
      found: application({
        source: { kustomize: { replicas: ["dashboard", "worker"].map((name) => ({ name, count: 3 })) } },
      }),
    },
    { declared: [{ apiVersion: "apps/v1", kind: "Deployment", name: "dashboard" }] },
    /got spec\.source\.kustomize\.replicas of dashboard, .*; take that entry out, and pulumi config set mesh-six:dashboardReplicas 3$/,
  ],
  [
    "another stack's patches",
    { found: application({ stack: "dev" }), held: false },
    {},
    /got patches of stack dev; give this stack one of its own/,
  ],
  [
    "old patches of a state that is not this one",
    { found: application({ source: old }), held: false },
    {},
    /from before patches named theirs; .*argocdTakeFrom unnamed$/,
  ],
  [
    "another stack's installation in the same namespace",
    { all: [application({ name: "other", stack: "dev" })] },
    {},
    /got one with the patches of stack dev; give this stack a namespace of its own/,
  ],
  [
    "another overlay",
    { found: application({ source: { path: "k8s/overlays/staging" } }) },
    {},
    /mesh-six:argocdPath k8s\/overlays\/staging$/,
  ],
  [
    "another repository",
    { found: application({ source: { repoURL: "https://github.com/fork/mesh-six" } }) },
    {},
    /mesh-six:argocdRepository https:\/\/github.com\/fork\/mesh-six$/,
  ],
  [
    "another repository, of whose address the log-in is not repeated",
    { found: application({ source: { repoURL: "https://ghp_x@github.com/fork/mesh-six" } }) },
    {},
    /got https:\/\/\[secret\]@github\.com\/fork\/mesh-six; .*argocdRepository https:\/\/github\.com\/fork\/mesh-six$/,
  ],
  [
    "a source of another kind",
    { found: application({ source: { helm: {} } }) },
    {},
    /expected a kustomize overlay, got a source with helm/,
  ],
  [
    "several sources",
    { found: application({ rest: { sources: [{}] } }) },
    {},
    /got several \(spec\.sources\)/,
  ],
  [
    "an ApplicationSet above",
    { found: application({ metadata: { [set]: [{ kind: "ApplicationSet", name: "fleet" }] } }) },
    {},
    /managed by ApplicationSet argocd\/fleet, which takes patches out again; .*argocdPatchesBy parent$/,
  ],
  [
    "an app of apps above",
    {
      found: application({ metadata: byRoot }),
      all: [application({ name: "root", source: { path: "apps" } })],
    },
    {},
    /managed by Application argocd\/root/,
  ],
  ["a mark of an Application that is not there", { found: application({ metadata: byRoot }) }, {}],
  [
    "the parent has the patches",
    { found: application({ stack: "prod", metadata: byRoot }) },
    { patchesBy: "parent" },
  ],
  [
    "the parent lacks the patches",
    { found: application({ metadata: byRoot }) },
    { patchesBy: "parent" },
    /got none for Component agent-pubsub; write them there/,
  ],
  [
    "the parent has made nothing",
    {},
    { patchesBy: "parent" },
    /expected its parent to have made it .* got none/,
  ],
];
