import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Application, ResourceStatus } from "../../../lib/argocd/application.ts";
import { trackingOf } from "../../../lib/argocd/tracking.ts";
import type { Cluster, ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import type { Wanted } from "../../../preflight/application/seen.ts";
import { isElsewhere, leftOverOf, syncedFromNowOn } from "../../../preflight/application/tracked.ts";

const wanted: Wanted = {
  ...{ stack: "prod", enabled: true, takeFrom: "", patchesBy: "program", project: "default", prune: true },
  ...{ application: { namespace: "argocd", name: "mesh-six" }, namespace: "mesh-six", revision: "main" },
  ...{ server: "https://kubernetes.default.svc", repository: "https://github.com/x/y", path: "p" },
  declared: [{ apiVersion: "apps/v1", kind: "Deployment", name: "dashboard" }],
};
const tracked = (name: string, more: Partial<ResourceStatus> = {}): ResourceStatus => ({
  ...{ group: "apps", version: "v1", kind: "Deployment", namespace: "mesh-six", name },
  ...more,
});
const application = (
  spec: Partial<Application["spec"]>,
  resources: readonly ResourceStatus[],
): Application => ({
  metadata: { name: "mesh-six", namespace: "argocd" },
  spec,
  status: { resources },
});
/** A cluster with Deployments by their annotations; "forbidden" where nobody may read one, "busy" where none is told. */
const clusterOf = (
  objects: Readonly<Record<string, Readonly<Record<string, string>> | "forbidden" | "busy">>,
): Pick<Cluster, "get"> => ({
  get: <T extends ClusterObject>({ name }: { readonly name: string }) => {
    const annotations = objects[name];
    if (annotations === "forbidden") return Promise.reject(new ApiError("forbidden", 403));
    if (annotations === "busy") return Promise.reject(new ApiError("too many requests", 429));
    const object: ClusterObject | undefined = annotations && { metadata: { name, annotations } };
    return Promise.resolve(object as T | undefined);
  },
});

const mark = { "argocd.argoproj.io/tracking-id": "mesh-six:apps/Deployment:mesh-six/worker" };
const other = { "argocd.argoproj.io/tracking-id": "mesh-six-dev:apps/Deployment:mesh-six/worker" };
const worker = [tracked("worker")];
const edge = { destination: { name: "edge" } };
const clusters: readonly (readonly [string, Application, Parameters<typeof clusterOf>[0], boolean])[] = [
  [
    "ArgoCD's own cluster by its name",
    application({ destination: { name: "in-cluster" } }, worker),
    {},
    false,
  ],
  [
    "ArgoCD's own cluster by its address",
    application({ destination: { server: "https://kubernetes.default.svc:443/" } }, worker),
    {},
    false,
  ],
  ["this cluster under another name", application(edge, worker), { worker: mark }, false],
  ["another cluster, where this one lacks the objects", application(edge, worker), {}, true],
  [
    "another cluster, where another Application's are here",
    application(edge, worker),
    { worker: other },
    true,
  ],
  [
    "another cluster by its address",
    application({ destination: { server: "https://far:6443" } }, worker),
    {},
    true,
  ],
  ["an Application that has deployed nothing", application(edge, []), {}, false],
  ["objects that nobody may read", application(edge, worker), { worker: "forbidden" }, false],
];

describe("where an Application deploys to", () => {
  for (const [what, found, objects, expected] of clusters)
    test(`${expected ? "is elsewhere" : "is here"} for ${what}`, async () => {
      const answer = isElsewhere(clusterOf(objects), found, trackingOf("argocd"));
      assert.equal(await answer, expected);
    });
});

test("whoever cannot be asked just now tells nothing of an Application", async () => {
  const busy = clusterOf({ worker: "busy", old: "busy" });
  await assert.rejects(
    isElsewhere(busy, application(edge, worker), trackingOf("argocd")),
    /too many requests/,
  );
  await assert.rejects(leftOverOf(busy, application(byHand, old), wanted), /too many requests/);
});

const old = [tracked("old", { requiresPruning: true })];
const syncOption = (option: string) => ({ "argocd.argoproj.io/sync-options": `Validate=false,${option}` });
const byHand = {};
const automated = (policy: object) => ({ syncPolicy: { automated: { ...policy } } });
const paused = (policy: object, resources: readonly ResourceStatus[]): Application => {
  const { metadata, ...rest } = application({}, resources);
  return {
    ...rest,
    metadata: { ...metadata, annotations: { "mesh-six/automated": JSON.stringify(policy) } },
  };
};
const leftOvers: readonly (readonly [
  string,
  Application,
  Parameters<typeof clusterOf>[0],
  readonly string[],
])[] = [
  ["what left the source of an Application synced by hand", application(byHand, old), { old: {} }, ["old"]],
  [
    "what left one that does not prune",
    application(automated({ selfHeal: true }), old),
    { old: {} },
    ["old"],
  ],
  [
    "nothing of one whose automated sync is switched off, as it stays",
    application(automated({ enabled: false }), old),
    { old: {} },
    [],
  ],
  [
    "nothing of one whose automated sync was switched off before a run that was cut off took it off",
    paused({ enabled: false }, old),
    { old: {} },
    [],
  ],
  ["nothing of one that pruned before that", paused({ prune: true }, old), { old: {} }, []],
  ["what nobody may read", application(byHand, old), { old: "forbidden" }, ["old"]],
  ["nothing of one that prunes", application(automated({ prune: true }), old), { old: {} }, []],
  ["nothing that is gone", application(byHand, old), {}, []],
  ["nothing that says it stays", application(byHand, old), { old: syncOption("Prune=false") }, []],
  ["nothing that is in the source", application(byHand, worker), { worker: mark }, []],
  [
    "nothing that the program declares, nor the Namespace",
    application(byHand, [
      tracked("dashboard", { requiresPruning: true }),
      tracked("mesh-six", { kind: "Namespace", requiresPruning: true }),
    ]),
    { dashboard: {}, "mesh-six": {} },
    [],
  ],
];

describe("the objects that an Application would prune from now on", () => {
  for (const [what, found, objects, expected] of leftOvers)
    test(`are ${what}`, async () => {
      const left = await leftOverOf(clusterOf(objects), found, wanted);
      assert.deepEqual(
        left.map(({ name }) => name),
        expected,
      );
    });
});

describe("an Application that people sync by hand, or that does not heal", () => {
  const differing = [tracked("worker", { status: "OutOfSync" }), tracked("new", { status: "Synced" })];

  test("has the objects named that differ from its source", () => {
    assert.match(
      syncedFromNowOn(application(byHand, differing), wanted)[0]?.said ?? "",
      /^Application argocd\/mesh-six lets objects differ .* is lost: Deployment worker$/,
    );
    assert.equal(syncedFromNowOn(application(automated({ prune: true }), differing), wanted).length, 1);
  });

  test("is not spoken of where nothing differs, where it heals already or is switched off, or where its parent decides", () => {
    const byItself = application(automated({ selfHeal: true }), differing);
    const off = application(automated({ enabled: false }), differing);
    const same = application(byHand, [tracked("new", { status: "Synced" })]);
    const byParent: Wanted = { ...wanted, patchesBy: "parent" };
    for (const [found, settings] of [
      [off, wanted],
      [same, wanted],
      [byItself, wanted],
      [application(byHand, differing), byParent],
    ] as const)
      assert.deepEqual(syncedFromNowOn(found, settings), []);
  });
});
