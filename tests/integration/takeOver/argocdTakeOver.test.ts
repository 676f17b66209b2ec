import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as sync from "../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../providers/argocdTakeOver/provider.ts";
import { application, deletion, type LiveApplication } from "../../support/applications.ts";
import { startCluster } from "../../support/cluster.ts";

/** Without ArgoCD: the tests themselves do and say what it would. */
let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster(["etcd", "kube-apiserver"]);
  await cluster.apply(
    ...["by-hand", "mesh-six"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  );
});
after(() => cluster.close());

const route = {
  apiVersion: "traefik.io/v1alpha1",
  kind: "IngressRoute",
  namespace: "mesh-six",
  name: "dashboard",
};
const access = () => ({ kubeconfig: cluster.kubeconfig, context: "" });
const live = (name: string) => cluster.get<LiveApplication>("application", name, "-n", "by-hand");

async function write(name: string, patch: object): Promise<void> {
  await cluster.kubectl([
    "-n",
    "by-hand",
    "patch",
    "application",
    name,
    "--type=merge",
    "-p",
    JSON.stringify(patch),
  ]);
}

function syncInputs(name: string, waitMinutes: number) {
  const named = { namespace: "by-hand", name };
  return { ...access(), application: named, source: "hash", objects: [route], wait: true, waitMinutes };
}

const good = (source: unknown, rest: object = {}) => ({
  sync: {
    status: "Synced",
    comparedTo: { source, destination: { server: "https://kubernetes.default.svc", namespace: "mesh-six" } },
  },
  health: { status: "Healthy" },
  ...rest,
});

test("is not fooled by a Synced and Healthy from before a change of patches", async () => {
  const old = application("stale", { namespace: "by-hand" });
  await cluster.apply(old);
  await write("stale", { status: good(old.spec.source) });
  await write("stale", { spec: { source: { kustomize: { patches: [deletion("Service", "a")] } } } });
  await assert.rejects(
    sync.create(syncInputs("stale", 0.02)),
    /^Error: Application by-hand\/stale: expected Synced and Healthy within 0\.02 min, got a status from before the change of its source; see kubectl -n by-hand describe application stale, then run pulumi up again$/,
  );
  await write("stale", { status: good((await live("stale")).spec.source) });
  assert.equal((await sync.create(syncInputs("stale", 0.02))).id, "by-hand/stale");
});

test("names what is not well when the time is over", async () => {
  const declared = application("unwell", { namespace: "by-hand" });
  await cluster.apply(declared);
  const resources = [
    { kind: "Service", namespace: "mesh-six", name: "fine", status: "Synced", health: { status: "Healthy" } },
    {
      ...{ kind: "Deployment", namespace: "mesh-six", name: "webhook-receiver", status: "Synced" },
      health: { status: "Degraded", message: "0 of 1 replicas are available" },
    },
    { kind: "IngressRoute", namespace: "mesh-six", name: "onboarding-service", status: "OutOfSync" },
  ];
  const status = good(declared.spec.source, { resources, health: { status: "Degraded" } });
  await write("unwell", { status: { ...status, sync: { ...status.sync, status: "OutOfSync" } } });
  await assert.rejects(
    sync.create(syncInputs("unwell", 0.02)),
    /got OutOfSync and Degraded, Deployment mesh-six\/webhook-receiver \(Degraded, 0 of 1 replicas are available\), IngressRoute mesh-six\/onboarding-service \(OutOfSync\);/,
  );
});

test("says that nobody works on the Application where it has no status", async () => {
  await cluster.apply(application("alone", { namespace: "by-hand" }));
  await assert.rejects(
    sync.create(syncInputs("alone", 0.02)),
    /got no status: is ArgoCD's application controller running\?/,
  );
});

test("waits again when the source changes, and only then", async () => {
  const inputs = syncInputs("any", 1);
  assert.equal(
    (await sync.diff("", inputs, { ...inputs, waitMinutes: 5, kubeconfig: "elsewhere" })).changes,
    false,
  );
  assert.equal((await sync.diff("", inputs, { ...inputs, source: "another hash" })).changes, true);
  assert.equal((await sync.diff("", { ...inputs, wait: false }, inputs)).changes, true);
});

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
  const source = { kustomize: { patches: [theirs] } };
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
    ...access(),
    ...{ adopt: true, application: { namespace: "by-hand", name: "tracked" } },
    objects: names.map((name) => ({ ...route, name })),
  });

  assert.equal((await live("tracked")).spec.syncPolicy?.automated, undefined);
  assert.deepEqual(outs?.foreign, {
    patches: [theirs],
    syncOptions: ["ServerSideApply=true"],
    automated: syncPolicy.automated,
  });
  const found = await Promise.all(
    names.slice(0, 3).map((name) => cluster.get<Marks>("ingressroute", name, "-n", "mesh-six")),
  );
  assert.deepEqual(found[0]?.metadata.annotations, {
    "argocd.argoproj.io/sync-options": "Validate=false,Prune=false",
  });
  assert.equal(found[1]?.metadata.labels, undefined);
  assert.deepEqual(found[2]?.metadata, before[2]?.metadata, "what is another Application's is not touched");
  assert.deepEqual(
    found.map(({ metadata }) => metadata.uid),
    before.map(({ metadata }) => metadata.uid),
  );
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
  const inputs = { ...access(), adopt: true, application: "" as const, objects };
  const { inputs: checked = inputs } = await takeOver.check({}, inputs);
  const foreign = { patches: [], syncOptions: [], automated: {} };
  const found = { selectors: { dashboard: labels }, foreign };
  assert.deepEqual(checked, { ...inputs, ...found });
  const elsewhere = { ...inputs, kubeconfig: "/nowhere" };
  assert.deepEqual((await takeOver.check(checked, elsewhere)).inputs, { ...elsewhere, ...found });
  assert.deepEqual((await takeOver.check({}, elsewhere)).inputs, elsewhere, "not known, not guessed");
});

test("touches nothing unless it is told to adopt", async () => {
  await cluster.apply(application("untouched", { namespace: "by-hand" }));
  const before = await live("untouched");
  await takeOver.create({
    ...access(),
    ...{ adopt: false, application: { namespace: "by-hand", name: "untouched" }, objects: [route] },
  });
  assert.deepEqual(await live("untouched"), before);
});

test("looks anew when the word to adopt comes only after a first run", async () => {
  const syncOptions = ["ServerSideApply=true"];
  const patches = [deletion("IngressRoute", "dashboard")];
  const source = { kustomize: { patches } };
  await cluster.apply(application("late", { namespace: "by-hand", syncPolicy: { syncOptions }, source }));
  const named = { namespace: "by-hand", name: "late" };
  const inputs = { ...access(), adopt: false, application: named, objects: [route] };
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
      ...access(),
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
    ...access(),
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
