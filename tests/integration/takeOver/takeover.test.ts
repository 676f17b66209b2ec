import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse, stringify } from "yaml";
import { application, synced, uids, type LiveApplication } from "../../support/cluster/applications.ts";
import { clusterOf, eventually, type TestCluster } from "../../support/cluster/cluster.ts";
import { recordEnd } from "../../support/cluster/ends.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { linesOnAdoption } from "../doctor/doctorSupport.ts";
import {
  dashboardPods,
  foreignObjects,
  foreignPatch,
  markNamespace,
  moreInDashboard,
  peoplesMarks,
  secret,
  writePatches,
} from "./manualInstallation.ts";

/*
 * A cluster as the manual installation left it: an Application that tracks, prunes and heals, Secrets and a
 * ConfigMap made by kubectl, and things that are none of this program's business.
 */
let sandbox: TestSandbox;
let cluster: TestCluster;
let found: { uids: Record<string, string>; foreign: unknown[]; namespace: string; application: string };

before(async () => {
  sandbox = await TestSandbox.create();
  await sandbox.operate("preview");
  const { kubectl, kubeconfig } = await sandbox.status();
  cluster = clusterOf([kubectl], kubeconfig);

  const syncPolicy = {
    automated: { prune: true, selfHeal: true },
    syncOptions: ["CreateNamespace=true", "ApplyOutOfSyncOnly=true"],
  };
  await cluster.apply(
    application("mesh-six", { syncPolicy, source: { kustomize: { patches: [foreignPatch] } } }),
  );
  await synced(cluster);
  await markNamespace(cluster);
  await cluster.apply(
    secret("postgres-secret", {
      url: "postgres://admin:by-hand@pg/mesh",
      username: "admin",
      password: "by-hand",
    }),
    secret("github-secret", { token: "by-hand", other: "kept" }),
    secret(
      "litellm-secret",
      { "api-key": "k" },
      {
        "kubectl.kubernetes.io/last-applied-configuration":
          '{"stringData":{"api-key":"canary-in-an-annotation"}}',
      },
    ),
    secret("made-by-hand", { token: "foreign" }),
  );
  found = {
    uids: await uids(cluster, "mesh-six"),
    foreign: await foreignObjects(cluster),
    namespace: (await cluster.get<LiveApplication>("namespace", "mesh-six")).metadata.uid,
    application: (await synced(cluster)).metadata.uid,
  };
});
after(async () => {
  await recordEnd(cluster, "taken over");
  await sandbox.close();
});

function writeSettings(change: (config: Record<string, unknown>) => unknown): void {
  const path = join(sandbox.directory, "Pulumi.sandbox.yaml");
  const settings = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  change(settings.config);
  writeFileSync(path, stringify(settings));
}

function adopt(): void {
  writeSettings((config) =>
    Object.assign(config, { "mesh-six:adopt": "true", "mesh-six:argocdWait": "true" }),
  );
}

test("without adopt it refuses and leaves everything as it was", async () => {
  const outcome = await sandbox.run(["up", "--json"]);
  assert.notEqual(outcome.code, 0);
  assert.match(
    outcome.stdout,
    /Namespace mesh-six: expected none, got one that this stack did not make; to take over what exists: pulumi config set mesh-six:adopt true/,
  );
  assert.deepEqual(await foreignObjects(cluster), found.foreign);
  const now = await uids(cluster, "mesh-six");
  for (const [name, uid] of Object.entries(found.uids)) assert.equal(now[name], uid, name);
  assert.deepEqual((await synced(cluster)).spec.source.kustomize?.patches, [foreignPatch]);
});

test("with adopt, a preview changes nothing in the cluster", async () => {
  adopt();
  const versions = async () => {
    const kinds = "deployments,services,secrets,components,ingressroutes,configmaps";
    interface Versions {
      readonly items: { kind: string; metadata: { name: string; uid: string; resourceVersion: string } }[];
    }
    const { items } = await cluster.get<Versions>(kinds, "-n", "mesh-six");
    return items
      .filter(({ kind }) => kind !== "Deployment")
      .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`);
  };
  const there = await versions();
  await sandbox.operate("preview");
  assert.deepEqual(await versions(), there);
});

test("with adopt, doctor says of every object what becomes of it, the worst first", async () => {
  adopt();
  const lines = await linesOnAdoption(sandbox);
  assert.match(lines.get("adoption")?.detail ?? "", /^\d+ objects: \d+ made, /);
  const github = lines.get("adoption of Secret mesh-six/github-secret");
  assert.equal(github?.status, "warn");
  assert.match(github.detail, /^is taken over with changes \(data\) · .*changed: data\.token/);
  assert.match(github.detail, /kept, although not declared: data\.other/);
  assert.equal(lines.get("adoption of ConfigMap mesh-six/dashboard-nginx")?.detail, "is made");
  const ranks = [...lines.values()].slice(1).map(({ status }) => ["fail", "warn", "pass"].indexOf(status));
  assert.deepEqual(
    ranks,
    [...ranks].sort((a, b) => a - b),
  );
  assert.doesNotMatch(JSON.stringify([...lines.values()]), /by-hand|YnktaGFuZA/);
});

test("with adopt, one up takes over: every UID stays, nothing foreign is touched, nothing of ours is pruned", async () => {
  adopt();
  const { succeeded } = await sandbox.operate("up");
  assert.equal(succeeded, true);
  const now = await uids(cluster, "mesh-six");
  for (const [name, uid] of Object.entries(found.uids)) assert.equal(now[name], uid, name);
  assert.equal((await cluster.get<LiveApplication>("namespace", "mesh-six")).metadata.uid, found.namespace);
  assert.deepEqual(await foreignObjects(cluster), found.foreign);
  // The real one has no line of that kind; that nothing was pruned is seen by the objects above.
  if (process.env["MESH_SIX_ARGOCD"] === "real") return;
  const log = readFileSync(join(sandbox.directory, "logs/argocd.log"), "utf8");
  assert.doesNotMatch(log, /prune|delete/);
});

test("then doctor has nothing left to take over", async () => {
  const lines = await linesOnAdoption(sandbox);
  assert.deepEqual(
    [...lines.values()].map(({ check, status, detail }) => ({ check, status, detail })),
    [{ check: "adoption", status: "pass", detail: "nothing is left to take over" }],
  );
});

test("then the objects say what the program says, and stay so", async () => {
  interface Live {
    readonly metadata: {
      readonly annotations?: Record<string, string>;
      readonly labels?: Record<string, string>;
    };
    readonly spec: { readonly metadata: readonly { name: string; value?: string }[] };
  }
  const component = await cluster.get<Live>("component", "agent-pubsub", "-n", "mesh-six");
  assert.equal(component.metadata.labels?.["app.kubernetes.io/managed-by"], "pulumi");
  assert.equal(component.metadata.annotations?.["argocd.argoproj.io/tracking-id"], undefined);
  assert.equal(component.spec.metadata.find(({ name }) => name === "prefetchCount")?.value, "1");
  const github = await cluster.get<{ data: Record<string, string> }>(
    "secret",
    "github-secret",
    "-n",
    "mesh-six",
  );
  assert.equal(Buffer.from(github.data["other"] ?? "", "base64").toString(), "kept");
});

test("the Application is the same one, Synced without the objects, with what others had written into it", async () => {
  const live = await eventually("Healthy", async () => {
    const found = await synced(cluster);
    return found.status?.health.status === "Healthy" ? found : undefined;
  });
  assert.equal(live.metadata.uid, found.application);
  assert.deepEqual(live.spec.syncPolicy, {
    automated: { prune: true, selfHeal: true },
    syncOptions: ["CreateNamespace=true", "ApplyOutOfSyncOnly=true"],
  });
  assert.deepEqual(live.spec.source.kustomize?.patches.at(-1), foreignPatch);
  const resources = live.status?.resources.map(({ kind, name }) => `${kind} ${name}`) ?? [];
  assert.ok(resources.includes("Namespace mesh-six"));
  assert.ok(resources.includes("IngressRoute onboarding-service"));
  for (const ours of ["IngressRoute dashboard", "Component agent-pubsub", "Deployment dashboard"]) {
    assert.ok(!resources.includes(ours), ours);
  }
});

test("ArgoCD's healing and the program do not fight afterwards", async () => {
  const refresh = ["annotate", "application", "mesh-six", "argocd.argoproj.io/refresh=hard"];
  await cluster.kubectl(["-n", "argocd", ...refresh]);
  await synced(cluster);
  const { changes } = await sandbox.operate("up", "--refresh", "--expect-no-changes");
  assert.deepEqual(
    Object.keys(changes).filter((change) => change !== "same"),
    [],
  );
});

test("the next up removes fields that ArgoCD puts into an object while the patches are lost", async () => {
  const before = await dashboardPods(cluster);
  await writePatches(cluster, [foreignPatch, moreInDashboard]);
  await eventually("ArgoCD has written over the dashboard", async () =>
    (await dashboardPods(cluster)).containers.length > 1 ? true : undefined,
  );
  await sandbox.operate("up");
  assert.deepEqual(await dashboardPods(cluster), before);
});

test("patches from before they named their stack are known as this stack's by its state", async () => {
  const live = await synced(cluster);
  const patches = live.spec.source.kustomize?.patches ?? assert.fail();
  const named = /^(# Written by the Pulumi stack of mesh-six): sandbox\n/;
  assert.ok(patches.some(({ patch }) => named.test(patch)));
  const unnamed = patches.map((one) => ({ ...one, patch: one.patch.replace(named, "$1\n") }));
  await writePatches(cluster, unnamed);
  await sandbox.operate("up", "--refresh");
  const after = await synced(cluster);
  assert.deepEqual([after.metadata.uid, after.spec.source.kustomize?.patches], [found.application, patches]);
});

test("people's labels and annotations on the Namespace stay after all of it, and after an update of the Namespace", async () => {
  writeSettings((config) => (config["mesh-six:commonLabels"] = { team: "agents" }));
  await sandbox.operate("up");
  interface Marked {
    readonly metadata: Readonly<Record<"labels" | "annotations", Readonly<Record<string, string>>>>;
  }
  const { metadata } = await cluster.get<Marked>("namespace", "mesh-six");
  assert.equal(metadata.labels["team"], "agents");
  for (const part of ["labels", "annotations"] as const) {
    for (const [key, value] of Object.entries(peoplesMarks[part]))
      assert.equal(metadata[part][key], value, key);
  }
});

test("no secret of the old installation got into the state in plain sight", () => {
  const state = readFileSync(join(sandbox.directory, "state/.pulumi/stacks/mesh-six/sandbox.json"), "utf8");
  for (const canary of ["canary-in-an-annotation", "by-hand@pg"]) {
    assert.ok(!state.includes(canary), canary);
    assert.ok(!state.includes(Buffer.from(canary).toString("base64").slice(0, 12)), canary);
  }
});
