import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Application } from "../../../lib/argocd/application.ts";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { application, deletion } from "../../support/cluster/applications.ts";
import { eventually } from "../../support/cluster/cluster.ts";
import { ByHand, route } from "./byHand.ts";

let byHand: ByHand;
let cluster: ByHand["cluster"];

before(async () => {
  byHand = await ByHand.start();
  ({ cluster } = byHand);
});
after(() => cluster.close());

function marked(name: string, metadata: object = {}) {
  return {
    ...{ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute" },
    metadata: { name, namespace: "mesh-six", ...metadata },
    spec: { entryPoints: ["web"], routes: [] },
  };
}

interface Marks {
  readonly metadata: {
    readonly uid: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
}

test("pauses the Application and takes either mark off, before anything else changes", async () => {
  const patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n";
  const theirs = { target: { kind: "Deployment", name: "x" }, patch };
  const syncPolicy = {
    automated: { prune: true, selfHeal: true, allowEmpty: true },
    syncOptions: ["ServerSideApply=true"],
  };
  const inFile = { path: "patch.yaml", options: { allowNameChange: true } };
  const source = { kustomize: { patches: [theirs, inFile] } };
  await cluster.apply(
    application("tracked", { namespace: "by-hand", syncPolicy, source }),
    marked("dashboard", {
      annotations: {
        "argocd.argoproj.io/tracking-id": "tracked:traefik.io/IngressRoute:mesh-six/dashboard",
        "argocd.argoproj.io/sync-options": "Validate=false",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
      },
    }),
    marked("by-label", { labels: { "app.kubernetes.io/instance": "tracked" } }),
    marked("foreign", { labels: { "app.kubernetes.io/instance": "another" } }),
  );
  const names = ["dashboard", "by-label", "foreign", "not-there"];
  const before = await Promise.all(
    names.slice(0, 3).map((name) => cluster.get<Marks>("ingressroute", name, "-n", "mesh-six")),
  );
  const { outs } = await takeOver.create({
    ...byHand.access,
    ...{ adopt: true, application: { namespace: "by-hand", name: "tracked" } },
    objects: names.map((name) => ({ ...route, name })),
  });

  assert.equal((await byHand.live("tracked")).spec.syncPolicy?.automated, undefined);
  assert.deepEqual(outs?.foreign, {
    patches: [theirs, inFile],
    syncOptions: ["ServerSideApply=true"],
    automated: syncPolicy.automated,
  });
  const found = await Promise.all(
    names.slice(0, 3).map((name) => cluster.get<Marks>("ingressroute", name, "-n", "mesh-six")),
  );
  assert.deepEqual(found[0]?.metadata.annotations, {
    "argocd.argoproj.io/sync-options": "Validate=false,Prune=false,Delete=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
  });
  assert.equal(found[1]?.metadata.labels, undefined);
  assert.deepEqual(found[2]?.metadata, before[2]?.metadata, "what is another Application's is not touched");
  assert.deepEqual(
    found.map(({ metadata }) => metadata.uid),
    before.map(({ metadata }) => metadata.uid),
  );
});

test("ends an automated sync that fails and is tried again", async () => {
  const automated = { prune: true, selfHeal: true };
  await cluster.apply(application("failing", { namespace: "by-hand", syncPolicy: { automated } }));
  const failing = { phase: "Running", retryCount: 1, startedAt: new Date().toISOString() };
  const operationState = { ...failing, operation: { initiatedBy: { automated: true } } };
  await byHand.write("failing", { status: { operationState } });
  const input = { ...byHand.access, adopt: true, application: { namespace: "by-hand", name: "failing" } };
  const takenOver = takeOver.create({ ...input, objects: [{ ...route, name: "not-there" }] });
  await eventually("the sync is to end", async () => {
    const { status } = await cluster.get<Application>("application", "failing", "-n", "by-hand");
    return status?.operationState?.phase === "Terminating" ? true : undefined;
  });
  // As ArgoCD does then.
  const seen = { annotations: { "argocd.argoproj.io/refresh": null } };
  await byHand.write("failing", { metadata: seen, status: { operationState: { phase: "Failed" } } });
  assert.deepEqual((await takenOver).outs?.foreign?.automated, automated);
});

test("looks before the change for what has to stay, so that a preview knows it, and then asks no more", async () => {
  const labels = { app: "found" };
  const containers = [{ name: "dashboard", image: "nginx" }];
  await cluster.apply({
    ...{ apiVersion: "apps/v1", kind: "Deployment" },
    metadata: { name: "dashboard", namespace: "mesh-six" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  const objects = [{ ...route, apiVersion: "apps/v1", kind: "Deployment" }];
  const inputs = { ...byHand.access, adopt: true, application: "" as const, objects };
  const { inputs: checked = { ...inputs } } = await takeOver.check({}, inputs);
  const foreign = { patches: [], syncOptions: [], automated: {} };
  const found = { selectors: { dashboard: labels }, foreign, kept: {}, restored: {} };
  assert.deepEqual(checked, { ...inputs, ...found });
  const elsewhere = { ...inputs, kubeconfig: "/nowhere" };
  assert.deepEqual((await takeOver.check(checked, elsewhere)).inputs, { ...elsewhere, ...found });
  assert.deepEqual(
    (await takeOver.check({}, elsewhere)).inputs,
    { ...elsewhere, restored: {} },
    "not known, not guessed",
  );
});

test("touches nothing without adopt", async () => {
  await cluster.apply(application("untouched", { namespace: "by-hand" }));
  const before = await byHand.live("untouched");
  await takeOver.create({
    ...byHand.access,
    ...{ adopt: false, application: { namespace: "by-hand", name: "untouched" }, objects: [route] },
  });
  assert.deepEqual(await byHand.live("untouched"), before);
});

test("takes its own objects back where the live Application has lost the patches, with adopt and without", async () => {
  const mark = "argocd.argoproj.io/tracking-id";
  for (const adopt of [false, true]) {
    const name = `lost-${adopt ? "adopted" : "fresh"}`;
    const annotations = { [mark]: `${name}:traefik.io/IngressRoute:mesh-six/${name}` };
    const [own, other] = [
      { ...route, name },
      { ...route, name: "declared-now" },
    ];
    await cluster.apply(application(name, { namespace: "by-hand" }), marked(name, { annotations }));
    const inputs = {
      ...byHand.access,
      adopt,
      application: { namespace: "by-hand", name },
      objects: [own, other],
    };
    const none = { patches: [], syncOptions: [], automated: {} };
    const olds = { ...inputs, objects: [own], selectors: {}, foreign: none, kept: {}, restored: {} };

    const has = { ...inputs, objects: [own], seen: [{ kind: own.kind, name }] };
    const kept = (await takeOver.check(olds, has)).inputs;
    assert.ok(kept);
    assert.deepEqual(kept.restored, {});
    assert.equal((await takeOver.diff("", olds, kept)).changes, false);
    const absent = (await takeOver.check(olds, { ...has, seen: "absent" })).inputs;
    assert.deepEqual(absent?.restored, {}, "an Application that is gone comes back with its patches");

    // Looked at by somebody before, or by the provider itself.
    for (const seen of [[], ""] as const) {
      const { inputs: lost } = await takeOver.check(olds, { ...inputs, seen });
      assert.ok(lost);
      assert.equal("seen" in lost, false);
      assert.deepEqual(lost.restored, { [`IngressRoute/${name}`]: 1, [`Application/${name}`]: 1 });
      assert.equal((await takeOver.diff("", olds, lost)).changes, true);
      await takeOver.update("", olds, lost);
      const again = (await takeOver.check({ ...olds, ...lost }, { ...inputs, seen })).inputs;
      assert.equal(again?.restored?.[`IngressRoute/${name}`], 2, "until the patches are back");
    }
    assert.equal((await byHand.live(name)).spec.syncPolicy?.automated, undefined);
    const { metadata } = await cluster.get<Marks>("ingressroute", name, "-n", "mesh-six");
    assert.deepEqual(metadata.annotations, {
      "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
      "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    });
  }
});

test("takes off ArgoCD's finalizers at the take-over and before a delete, and leaves others'", async () => {
  const cascade = "resources-finalizer.argocd.argoproj.io/background";
  const named = { namespace: "by-hand", name: "cascading" };
  const { metadata, ...rest } = application("cascading", { namespace: "by-hand" });
  const finalizers = [cascade, "example.com/kept", "post-delete-finalizer.argocd.argoproj.io"];
  await cluster.apply({ ...rest, metadata: { ...metadata, finalizers } });
  const now = async () =>
    (await cluster.get<{ metadata: { finalizers?: string[] } }>("application", "cascading", "-n", "by-hand"))
      .metadata.finalizers;
  await takeOver.create({ ...byHand.access, adopt: true, application: named, objects: [route] });
  assert.deepEqual(await now(), ["example.com/kept"]);
  await byHand.write("cascading", { metadata: { finalizers } });
  await sync.delete("", { ...byHand.syncInputs("cascading", 1), application: named });
  assert.deepEqual(await now(), ["example.com/kept"]);
  await byHand.write("cascading", { metadata: { finalizers: null } });
  await sync.delete("", { ...byHand.syncInputs("gone", 1) });
});

test("looks again when the word to adopt comes only after a first run", async () => {
  const syncOptions = ["ServerSideApply=true"];
  const patches = [deletion("IngressRoute", "dashboard")];
  const source = { kustomize: { patches } };
  await cluster.apply(application("late", { namespace: "by-hand", syncPolicy: { syncOptions }, source }));
  const named = { namespace: "by-hand", name: "late" };
  const inputs = { ...byHand.access, adopt: false, application: named, objects: [route] };
  const { outs } = await takeOver.create(inputs);
  assert.ok(outs);
  assert.equal((await takeOver.diff("", outs, { ...inputs, adopt: true })).changes, true);
  const adopted = await takeOver.update("", outs, { ...inputs, adopt: true });
  assert.deepEqual(adopted.outs?.foreign, { patches, syncOptions, automated: {} });
  assert.ok(adopted.outs);
  const later = await takeOver.update("", adopted.outs, { ...inputs, objects: [] });
  assert.deepEqual(later.outs?.foreign, adopted.outs.foreign, "kept, whatever adopt says afterwards");
});

test("refuses an Application with several sources by name", async () => {
  const { spec, ...header } = application("several", { namespace: "by-hand" });
  const { source, ...rest } = spec;
  await cluster.apply({ ...header, spec: { ...rest, sources: [source] } });
  await assert.rejects(
    takeOver.create({
      ...byHand.access,
      adopt: true,
      application: { namespace: "by-hand", name: "several" },
      objects: [route],
    }),
    /Application by-hand\/several has several sources .* expected the one in spec\.source: make it one source/,
  );
});

test("takes over again only for another set of objects, whatever their order", async () => {
  const other = { ...route, name: "webhook-receiver" };
  const none = { patches: [], syncOptions: [], automated: {} };
  const inputs = {
    ...byHand.access,
    adopt: true,
    application: { namespace: "argocd", name: "a" },
    objects: [route, other],
  };
  const olds = { ...inputs, selectors: {}, foreign: none };
  assert.equal(
    (await takeOver.diff("", olds, { ...inputs, objects: [other, route], adopt: false })).changes,
    false,
  );
  assert.equal((await takeOver.diff("", olds, { ...inputs, objects: [route] })).changes, true);
});
