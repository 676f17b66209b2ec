import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, ClusterObject, Collection, ObjectReference } from "../../../lib/kubernetes/cluster.ts";
import { describeUnready, unreadyObjects } from "../../../lib/kubernetes/unready.ts";

type Content = Record<string, unknown>;

/** A cluster that holds these objects, each `KIND NAME` with its content. */
function clusterWith(objects: Record<string, Content>): Cluster {
  const all = Object.entries(objects).map(([key, content]) => {
    const [kind = "", name = ""] = key.split(" ");
    const metadata = { name, namespace: "mesh-six", ...(content["metadata"] as object) };
    return { kind, ...content, metadata };
  });
  return {
    get: <T extends ClusterObject>({ kind, name }: ObjectReference) =>
      Promise.resolve(all.find((each) => each.kind === kind && each.metadata.name === name) as T | undefined),
    list: <T extends ClusterObject>({ kind }: Collection) =>
      Promise.resolve(all.filter((each) => each.kind === kind) as unknown as T[]),
  } as unknown as Cluster;
}

const apiVersions: Record<string, string> = {
  PersistentVolumeClaim: "v1",
  ConfigMap: "v1",
  ExternalSecret: "external-secrets.io/v1",
  Job: "batch/v1",
};

const reference = (kind: string, name: string): ObjectReference => ({
  apiVersion: apiVersions[kind] ?? "apps/v1",
  kind,
  namespace: "mesh-six",
  name,
});

const spec = { replicas: 1, selector: { matchLabels: { app: "a" } } };
const pod = (status: Content) => ({ metadata: { labels: { app: "a" } }, status });
const waiting = (reason: string, message?: string) =>
  pod({ phase: "Pending", containerStatuses: [{ name: "c", state: { waiting: { reason, message } } }] });
const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
});

const cases: Record<string, { readonly objects: Record<string, Content>; readonly said: readonly string[] }> =
  {
    "a Deployment whose Pods are ready": {
      objects: { "Deployment a": { spec, status: { readyReplicas: 1, updatedReplicas: 1 } } },
      said: [],
    },
    "a Deployment without replicas": {
      objects: { "Deployment a": { spec: { replicas: 0 }, status: {} } },
      said: [],
    },
    "a status from before the change": {
      objects: {
        "Deployment a": {
          metadata: { generation: 2 },
          spec,
          status: { observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1 },
        },
      },
      said: ["Deployment mesh-six/a"],
    },
    "an image that cannot be pulled": {
      objects: {
        "Deployment a": { spec, status: {} },
        "Pod a-1": waiting("ImagePullBackOff", "no such\n tag"),
      },
      said: ["Deployment mesh-six/a (container c: ImagePullBackOff: no such tag)"],
    },
    "a container that is started again and again, with what ended it": {
      objects: {
        "Deployment a": { spec, status: {} },
        "Pod a-1": pod({
          containerStatuses: [
            {
              name: "c",
              state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
              lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
            },
          ],
        }),
      },
      said: [
        "Deployment mesh-six/a (container c: CrashLoopBackOff: back-off 5m0s; ended before by OOMKilled (exit code 137))",
      ],
    },
    "a Deployment that somebody paused": {
      objects: {
        "Deployment a": {
          spec,
          status: {
            conditions: [condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")],
          },
        },
      },
      said: ["Deployment mesh-six/a (DeploymentPaused: Deployment is paused)"],
    },
    "an init container that fails, once for all Pods": {
      objects: Object.fromEntries([
        ["StatefulSet a", { spec: { ...spec, replicas: 2 }, status: {} }],
        ...["a-0", "a-1"].map((name) => [
          `Pod ${name}`,
          pod({
            initContainerStatuses: [{ name: "i", state: { terminated: { exitCode: 3, reason: "Error" } } }],
            containerStatuses: [{ name: "c", state: { waiting: { reason: "PodInitializing" } } }],
          }),
        ]),
      ]) as Record<string, Content>,
      said: ["StatefulSet mesh-six/a (container i: Error (exit code 3))"],
    },
    "a Secret that a container wants": {
      objects: {
        "Deployment a": { spec, status: {} },
        "Pod a-1": waiting("CreateContainerConfigError", 'secret "x" not found'),
      },
      said: ['Deployment mesh-six/a (container c: CreateContainerConfigError: secret "x" not found)'],
    },
    "a quota that is used up": {
      objects: {
        "Deployment a": {
          spec,
          status: {
            conditions: [condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: small")],
          },
        },
      },
      said: ["Deployment mesh-six/a (FailedCreate: exceeded quota: small)"],
    },
    "a quota for a StatefulSet, which has no such condition": {
      objects: {
        "StatefulSet a": { spec, status: {} },
        "Event 1": {
          type: "Warning",
          reason: "FailedCreate",
          message: "exceeded quota: small",
          involvedObject: { kind: "StatefulSet", name: "a" },
        },
      },
      said: ["StatefulSet mesh-six/a (FailedCreate: exceeded quota: small)"],
    },
    "a Pod that no node takes": {
      objects: {
        "DaemonSet a": { spec, status: { desiredNumberScheduled: 1, numberReady: 0 } },
        "Pod a-1": pod({ conditions: [condition("PodScheduled", "False", "Unschedulable", "0/1 nodes")] }),
      },
      said: ["DaemonSet mesh-six/a (Unschedulable: 0/1 nodes)"],
    },
    "a claim that is not bound": {
      objects: {
        "PersistentVolumeClaim a": { status: { phase: "Pending" } },
        "Event 1": {
          type: "Normal",
          reason: "FailedBinding",
          message: "no storage class is set",
          involvedObject: { kind: "PersistentVolumeClaim", name: "a" },
        },
        "Event 2": { type: "Warning", reason: "Other", involvedObject: { kind: "Pod", name: "other" } },
      },
      said: ["PersistentVolumeClaim mesh-six/a (FailedBinding: no storage class is set)"],
    },
    "a key that the vault does not hold": {
      objects: {
        "ExternalSecret a": {
          status: {
            conditions: [condition("Ready", "False", "SecretSyncedError", "could not get secret data")],
          },
        },
      },
      said: ["ExternalSecret mesh-six/a (SecretSyncedError: could not get secret data)"],
    },
    "a Job that failed": {
      objects: {
        "Job a": {
          status: { conditions: [condition("Failed", "True", "BackoffLimitExceeded", "limit reached")] },
        },
      },
      said: ["Job mesh-six/a (BackoffLimitExceeded: limit reached)"],
    },
    "a kind that cannot be unready": { objects: { "ConfigMap a": {} }, said: [] },
  };

for (const [what, { objects, said }] of Object.entries(cases)) {
  test(`${what}: ${said.length === 0 ? "ready" : "named with the reason"}`, async () => {
    const [first = ""] = Object.keys(objects);
    const [kind = "", name = ""] = first.split(" ");
    const found = await unreadyObjects(clusterWith(objects), [reference(kind, name)]);
    assert.deepEqual(found.map(describeUnready), said);
  });
}

test("an object that is not there is left out", async () => {
  assert.deepEqual(await unreadyObjects(clusterWith({}), [reference("Deployment", "a")]), []);
});
