import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { Adoption } from "../../../components/cluster/adoption.ts";
import { ArgoCd } from "../../../components/argocd.ts";
import { declarations, object, type Declared } from "../../support/engine/mocks.ts";

const application = { namespace: "argocd", name: "mesh-six" };
const takeOver = "pulumi-nodejs:dynamic/mesh-six:TakeOver";
const none = { selectors: {}, foreign: { patches: [], syncOptions: [], automated: {} } };

interface Patch {
  readonly target: Record<string, string>;
  readonly patch: string;
}

interface Annotated {
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Spec {
  readonly source: { readonly kustomize: { readonly patches: readonly Patch[] } };
  readonly syncPolicy: unknown;
}

function adopting(): Adoption {
  return new Adoption("adoption", { cluster: {}, adopt: true, namespace: "mesh-six", application });
}

/** A program of one Namespace, one Component, one route and one ConfigMap, as index.ts is built. */
function program(patches: Patch[] = [], moved = false) {
  const adoption = adopting();
  const options = { transformations: [adoption.transformation] };
  const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "mesh-six" } });
  const within = (name: string) => ({ name, namespace: namespace.metadata.name });
  const custom = k8s.apiextensions.CustomResource;
  new custom(
    "a",
    { apiVersion: "dapr.io/v1alpha1", kind: "Component", metadata: within("agent-pubsub") },
    options,
  );
  new custom(
    "b",
    { apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: within("dashboard") },
    options,
  );
  new k8s.core.v1.ConfigMap("c", { metadata: within("with.dots") }, options);
  new k8s.core.v1.ConfigMap("d", { metadata: { name: "elsewhere", namespace: "other" } }, options);
  return new ArgoCd("argocd", {
    cluster: {},
    namespace: "argocd",
    application: "mesh-six",
    stack: "prod",
    project: "default",
    repository: "https://github.com/jaybrto/mesh-six",
    revision: "main",
    path: "k8s/overlays/prod",
    server: "https://kubernetes.default.svc",
    destination: "mesh-six",
    moved,
    prune: true,
    selfHeal: true,
    declared: adoption.complete(),
    patches,
    wait: true,
    waitMinutes: 15,
  });
}

function specOf(declared: readonly Declared[]): Spec {
  return object(declared, "Application", "mesh-six")["spec"] as Spec;
}

test("syncs the application's overlay, pruning and healing, into the namespace", async () => {
  const declared = await declarations(() => program(), { [takeOver]: none });
  const { source, ...rest } = specOf(declared);
  const { kustomize, ...repository } = source as Spec["source"] & Record<string, unknown>;
  assert.deepEqual(repository, {
    repoURL: "https://github.com/jaybrto/mesh-six",
    targetRevision: "main",
    path: "k8s/overlays/prod",
  });
  assert.deepEqual(rest, {
    project: "default",
    destination: { server: "https://kubernetes.default.svc", namespace: "mesh-six" },
    syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
  });
  assert.equal(kustomize.patches.length, 4);
});

test("moves the overlay's objects into the namespace where that is another one than theirs", async () => {
  const declared = await declarations(() => program([], true), { [takeOver]: none });
  const { namespace } = specOf(declared).source.kustomize as { namespace?: string };
  assert.equal(namespace, "mesh-six");
});

test("takes each object of the namespace out by kind and name, and never the Namespace", async () => {
  const declared = await declarations(() => program(), { [takeOver]: none });
  const { patches } = specOf(declared).source.kustomize;
  assert.deepEqual(
    patches.map(({ target }) => target),
    [
      { group: "dapr.io", kind: "Component", name: "agent-pubsub" },
      // An anchored regular expression: a dot would match any letter.
      { kind: "ConfigMap", name: "with\\.dots" },
      // Without the group: an older overlay has the same route in Traefik's old one.
      { kind: "IngressRoute", name: "dashboard" },
      // No deletion: it says what the declared Namespace says of itself.
      { kind: "Namespace" },
    ],
  );
  assert.match(patches[3]?.patch ?? "", /sync-options: Prune=false,Delete=false/);
  assert.doesNotMatch(patches[3]?.patch ?? "", /\$patch/);
  for (const { patch } of patches) assert.match(patch, /^# Written by the Pulumi stack of mesh-six: prod\n/);
  assert.deepEqual(parse(patches[1]?.patch ?? ""), {
    $patch: "delete",
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "with.dots" },
  });
});

test("adds further patches after the deletions, and keeps what others wrote into an adopted Application", async () => {
  const own = { target: { kind: "Deployment", name: "webhook-receiver" }, patch: "spec: {}" };
  const theirs = { target: { kind: "Deployment", name: "orchestrator" }, patch: "spec: {replicas: 2}" };
  const foreign = {
    patches: [theirs, { patch: "kind: Deployment" }],
    syncOptions: ["CreateNamespace=true", "ServerSideApply=true"],
    automated: { allowEmpty: true, prune: false },
  };
  const declared = await declarations(() => program([own]), { [takeOver]: { ...none, foreign } });
  const { source, syncPolicy } = specOf(declared);
  const [mine, other] = source.kustomize.patches.slice(-2);
  assert.deepEqual(mine?.target, own.target);
  assert.deepEqual(parse(mine?.patch ?? ""), { spec: {} });
  assert.deepEqual(other, theirs);
  assert.deepEqual(source.kustomize.patches[0], { patch: "kind: Deployment" });
  assert.deepEqual(syncPolicy, {
    automated: { allowEmpty: true, prune: true, selfHeal: true },
    syncOptions: ["CreateNamespace=true", "ServerSideApply=true"],
  });
});

test("declares objects after the take-over, the Application after the objects, and waits last", async () => {
  const declared = await declarations(() => program(), { [takeOver]: none });
  const order = declared.map(
    ({ inputs, type }) => (inputs["kind"] as string | undefined) ?? type.split(":").at(-1),
  );
  const at = (what: string) => order.indexOf(what);
  assert.ok(at("Namespace") < at("TakeOver"));
  assert.ok(at("TakeOver") < at("Component"));
  assert.ok(
    Math.max(at("Component"), at("IngressRoute"), order.lastIndexOf("ConfigMap")) < at("Application"),
  );
  assert.ok(at("Application") < at("ApplicationSync"));
});

test("tells ArgoCD to leave every object alone, and keeps other options that are there", async () => {
  const kept = {
    "ConfigMap/with.dots": { "argocd.argoproj.io/sync-options": "Validate=false,Prune=true" },
    "IngressRoute/dashboard": { "argocd.argoproj.io/compare-options": "ServerSideDiff=true" },
  };
  const foreign = { ...none.foreign, kept: { "argocd.argoproj.io/sync-options": "Replace=true" } };
  const declared = await declarations(() => program(), { [takeOver]: { ...none, kept, foreign } });
  const options = (kind: string, name: string) => {
    const { annotations = {} } = object(declared, kind, name)["metadata"] as Annotated;
    return ["sync-options", "compare-options"].map((key) => annotations[`argocd.argoproj.io/${key}`]);
  };
  const usual = ["Prune=false,Delete=false", "IgnoreExtraneous"];
  assert.deepEqual(options("Component", "agent-pubsub"), usual);
  assert.deepEqual(options("ConfigMap", "elsewhere"), usual);
  assert.deepEqual(options("ConfigMap", "with.dots"), [
    "Validate=false,Prune=false,Delete=false",
    "IgnoreExtraneous",
  ]);
  assert.deepEqual(options("IngressRoute", "dashboard"), [
    "Prune=false,Delete=false",
    "ServerSideDiff=true,IgnoreExtraneous",
  ]);
  assert.deepEqual(options("Application", "mesh-six"), [
    "Replace=true,Prune=false,Delete=false",
    "IgnoreExtraneous",
  ]);
});

test("applies in full what was taken back, each time it was", async () => {
  const annotation = async (restored: object | undefined) => {
    const declared = await declarations(() => program(), { [takeOver]: { ...none, restored } });
    return ["Component", "Application"].map((kind) => {
      const name = kind === "Component" ? "agent-pubsub" : "mesh-six";
      return (object(declared, kind, name)["metadata"] as Annotated).annotations?.["mesh-six/restored"];
    });
  };
  assert.deepEqual(await annotation(undefined), [undefined, undefined]);
  assert.deepEqual(await annotation({ "Component/agent-pubsub": 2 }), ["2", undefined]);
  assert.deepEqual(await annotation({ "Application/mesh-six": 1 }), [undefined, "1"]);
});

test("names the cluster as the adopted Application does, since ArgoCD refuses name and address together", async () => {
  const foreign = { ...none.foreign, cluster: "in-cluster" };
  const declared = await declarations(() => program(), { [takeOver]: { ...none, foreign } });
  const { destination } = specOf(declared) as Spec & { readonly destination: unknown };
  assert.deepEqual(destination, { name: "in-cluster", namespace: "mesh-six" });
});

test("takes over only what is in the namespace", async () => {
  const declared = await declarations(() => program(), { [takeOver]: none });
  const inputs = declared.find(({ type }) => type === takeOver)?.inputs as { objects: { name: string }[] };
  assert.deepEqual(
    inputs.objects.map(({ name }) => name),
    ["agent-pubsub", "with.dots", "dashboard"],
  );
});

test("keeps the selector found at the take-over, and the declared one where none was found", async () => {
  const selectors: Record<string, unknown> = {};
  await declarations(
    () => {
      const adoption = adopting();
      adoption.complete();
      return pulumi
        .all([adoption.selector("found", { app: "declared" }), adoption.selector("new", { app: "declared" })])
        .apply(([found, fresh]) => Object.assign(selectors, { found, fresh }));
    },
    { [takeOver]: { ...none, selectors: { found: { app: "live" } } } },
  );
  assert.deepEqual(selectors, { found: { app: "live" }, fresh: { app: "declared" } });
});

test("refuses an object that is declared after the list is complete", async () => {
  await assert.rejects(
    declarations(
      () => {
        const adoption = adopting();
        adoption.complete();
        new k8s.core.v1.ConfigMap(
          "late",
          { metadata: { name: "late" } },
          { transformations: [adoption.transformation] },
        );
      },
      { [takeOver]: none },
    ),
    /late is declared after Adoption\.complete\(\)/,
  );
});
