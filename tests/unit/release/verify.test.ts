import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lagging } from "../../../operations/release/verify.ts";
import type { Cluster } from "../../../lib/kubernetes/cluster.ts";

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
  metadata: { name: "p" },
  status: { containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } } }] },
};

/** A cluster of these objects, each given for its kind. */
function cluster(objects: Readonly<Record<string, readonly object[]>>): Pick<Cluster, "list"> {
  return { list: <T>({ kind }: { kind: string }) => Promise.resolve((objects[kind] ?? []) as readonly T[]) };
}

describe("services that do not run the release", () => {
  for (const [title, image, status, got] of [
    ["none, when digest and Pods are as wanted", `${prefix}-orchestrator@${digest("1")}`, rolled, undefined],
    ["one at another digest", `${prefix}-orchestrator@${digest("2")}`, rolled, digest("2")],
    ["one at a tag", `${prefix}-orchestrator:latest`, rolled, "latest"],
    [
      "one whose controller has not seen the change",
      `${prefix}-orchestrator@${digest("1")}`,
      { ...rolled, observedGeneration: 1 },
      "2 ready, 2 updated of 2: ImagePullBackOff",
    ],
    [
      "one whose old Pods still run",
      `${prefix}-orchestrator@${digest("1")}`,
      { ...rolled, replicas: 3, readyReplicas: 2, updatedReplicas: 1 },
      "2 ready, 1 updated of 2: ImagePullBackOff",
    ],
    ["none, of an image that the release does not have", `${prefix}-other:latest`, {}, undefined],
  ] as const) {
    test(title, async () => {
      const objects = { Deployment: [deployment("orchestrator", image, status)], Pod: [waiting] };
      const found = await lagging(cluster(objects), "mesh-six", prefix, release);
      assert.deepEqual(
        found.map(({ service, got: seen }) => [service, seen]),
        got === undefined ? [] : [["Deployment orchestrator", got]],
      );
    });
  }
});
