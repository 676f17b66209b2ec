import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, startCluster } from "../../support/cluster/cluster.ts";

let cluster: Awaited<ReturnType<typeof startCluster>>;

before(async () => {
  cluster = await startCluster([
    ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"],
  ]);
  await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "claims" } });
});
after(() => cluster.close());

const labels = { app: "store" };
const claim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
};

/** Two Pods, each with a claim of its own. */
const store = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "store", namespace: "claims" },
  spec: {
    replicas: 2,
    serviceName: "store",
    podManagementPolicy: "Parallel",
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: "store", image: "store:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
        ],
      },
    },
    volumeClaimTemplates: [claim],
  },
};

interface List<T> {
  readonly items: readonly T[];
}

test("a StatefulSet with claims gets ready: its claims are bound and its Pods run", async () => {
  await cluster.apply(store);
  await eventually("both Pods are ready", async () => {
    const { status } = await cluster.get<{ status: { readyReplicas?: number } }>(
      ...["statefulset", "store", "-n", "claims"],
    );
    return status.readyReplicas === 2 ? true : undefined;
  });
  const claims = await cluster.get<List<{ status: { phase: string } }>>("pvc", "-n", "claims");
  assert.deepEqual(
    claims.items.map(({ status }) => status.phase),
    ["Bound", "Bound"],
  );
});

test("Pods have addresses that lead nowhere", async () => {
  const pods = await cluster.get<List<{ status: { podIP?: string } }>>("pods", "-n", "claims");
  for (const { status } of pods.items) assert.match(status.podIP ?? "", /^203\.0\.113\.\d+$/);
});

test("a Namespace goes away with its claims, and their volumes with them", async () => {
  await cluster.kubectl(["delete", "namespace", "claims", "--timeout=60s"]);
  await eventually("no volume is left bound or released", async () => {
    const volumes = await cluster.get<List<{ status: { phase: string } }>>("pv");
    return volumes.items.every(({ status }) => status.phase === "Available") ? true : undefined;
  });
});
