import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { podsSince } from "../../../operations/release/apply/pods.ts";
import { lagging, untilRolled } from "../../../operations/release/apply/verify.ts";
import type { Cluster } from "../../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const prefix = "registry.example/mesh-six";
const release = { commit: "a".repeat(40), images: { orchestrator: digest("1") } };

function deployment(name: string, image: string, status: object) {
  return {
    metadata: { name, generation: 2 },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { spec: { containers: [{ image: "sidecar:1" }, { image }] } },
    },
    status,
  };
}

const rolled = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 };
const waiting = {
  metadata: { name: "p", labels: { app: "orchestrator" } },
  status: { containerStatuses: [{ name: "c", state: { waiting: { reason: "ImagePullBackOff" } } }] },
};
const application = (revision: string, status: string) => ({
  metadata: { name: "mesh-six" },
  status: { sync: { revision, status } },
});

/** A cluster of these objects, each given for its kind. */
function cluster(objects: Readonly<Record<string, readonly { metadata: { name: string } }[]>>): Cluster {
  const of = (kind: string) => objects[kind] ?? [];
  return {
    list: ({ kind }: { kind: string }) => Promise.resolve(of(kind)),
    get: ({ kind, name }: { kind: string; name: string }) =>
      Promise.resolve(of(kind).find(({ metadata }) => metadata.name === name)),
  } as unknown as Cluster;
}

const place = { namespace: "mesh-six", prefix, application: undefined };

describe("services that do not run the release", () => {
  for (const [title, image, status, got] of [
    ["none, when digest and Pods are as wanted", `${prefix}-orchestrator@${digest("1")}`, rolled, undefined],
    ["a service at another digest", `${prefix}-orchestrator@${digest("2")}`, rolled, digest("2")],
    ["a service at a tag", `${prefix}-orchestrator:latest`, rolled, "latest"],
    [
      "a service whose controller has not seen the change",
      `${prefix}-orchestrator@${digest("1")}`,
      { ...rolled, observedGeneration: 1 },
      "container c: ImagePullBackOff",
    ],
    [
      "a service whose old Pods still run",
      `${prefix}-orchestrator@${digest("1")}`,
      { ...rolled, replicas: 3 },
      "container c: ImagePullBackOff",
    ],
    ["none, of an image with tag and digest", `${prefix}-orchestrator:v1@${digest("1")}`, rolled, undefined],
    [
      "a service with tag and another digest",
      `${prefix}-orchestrator:v1@${digest("2")}`,
      rolled,
      digest("2"),
    ],
    ["none, of an image that the release does not have", `${prefix}-other:latest`, {}, undefined],
  ] as const) {
    test(title, async () => {
      const objects = { Deployment: [deployment("orchestrator", image, status)], Pod: [waiting] };
      const found = await lagging(cluster(objects), place, release);
      assert.deepEqual(
        found.map(({ service, got: seen }) => [service, seen]),
        got === undefined ? [] : [["Deployment orchestrator", got]],
      );
    });
  }

  test("an image of an init container, of a DaemonSet and of a CronJob", async () => {
    const old = { image: `${prefix}-orchestrator:latest` };
    const before = deployment("web", "sidecar:1", rolled);
    const { template } = before.spec;
    const withInit = { ...before, spec: { template: { spec: { ...template.spec, initContainers: [old] } } } };
    const pods = { spec: { containers: [old] } };
    const jobs = (container: object) => ({
      metadata: { name: "nightly" },
      spec: { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } },
    });
    const objects = {
      Deployment: [withInit],
      DaemonSet: [{ metadata: { name: "each" }, spec: { template: pods } }],
      CronJob: [jobs(old)],
    };
    const found = await lagging(cluster(objects), place, release);
    assert.deepEqual(
      found.map(({ service }) => service),
      ["Deployment web", "DaemonSet each", "CronJob nightly"],
    );
    const pinned = { CronJob: [jobs({ image: `${prefix}-orchestrator@${digest("1")}` })] };
    assert.deepEqual(await lagging(cluster(pinned), place, release), []);
  });

  for (const [title, seen, got] of [
    ["none, when ArgoCD has synced the commit", application(release.commit, "Synced"), undefined],
    ["the Application at another commit", application("b".repeat(40), "Synced"), `${"b".repeat(12)}, Synced`],
    [
      "the Application that is not synced",
      application(release.commit, "OutOfSync"),
      `${"a".repeat(12)}, OutOfSync`,
    ],
    ["an Application without a status", { metadata: { name: "mesh-six" } }, "no status"],
  ] as const) {
    test(title, async () => {
      const named = { ...place, application: { namespace: "argocd", name: "mesh-six" } };
      const found = await lagging(cluster({ Application: [seen] }), named, release);
      assert.deepEqual(
        found.map(({ service, got: said }) => [service, said]),
        got === undefined ? [] : [["Application mesh-six", got]],
      );
    });
  }
});

describe("the wait for the rollout", () => {
  const { signal } = new AbortController();

  test("goes on when a request fails, and says so", async () => {
    const said: string[] = [];
    const looks = [
      () => Promise.reject(new ApiError("Could not list Deployment: socket hang up")),
      () => Promise.resolve([]),
    ];
    const look = () => looks.shift()!();
    assert.deepEqual(await untilRolled(look, 1, (line) => said.push(line), signal), []);
    assert.deepEqual(said, ["waiting for the cluster (Could not list Deployment: socket hang up)"]);
  });

  test("names a cluster that gives no answer until the end", async () => {
    const look = () => Promise.reject(new ApiError("socket hang up"));
    const left = await untilRolled(look, -1, () => undefined, signal);
    assert.deepEqual(left, [{ service: "the cluster", expected: "an answer", got: "socket hang up" }]);
  });

  test("ends at a mistake of its own", async () => {
    const look = () => Promise.reject(new TypeError("mistake"));
    await assert.rejects(
      untilRolled(look, 1, () => undefined, signal),
      TypeError,
    );
  });
});

test("Pods that cannot be listed are missed in the timeline, and fail no release", async () => {
  const said: string[] = [];
  const list = () => Promise.reject(new ApiError("Could not list Pod: socket hang up"));
  assert.deepEqual(await podsSince({ list }, place, new Date(), (line) => said.push(line)), []);
  assert.deepEqual(said, ["the timeline lacks Pods: Could not list Pod: socket hang up"]);
});
