import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, ClusterObject, Collection } from "../../../lib/kubernetes/cluster.ts";
import { takeHooks } from "../../support/engine/mocks.ts";
import { sayWhyUnready } from "../../../preflight/sayWhyUnready.ts";

/** A cluster whose Deployment `dashboard` has a Pod that waits for this reason. */
function clusterWhere(reason: () => string): Cluster {
  const labels = { app: "dashboard" };
  const spec = { replicas: 1, selector: { matchLabels: labels } };
  const pod = () => ({
    metadata: { name: "dashboard-1", labels },
    status: {
      phase: "Pending",
      containerStatuses: [{ name: "c", state: { waiting: { reason: reason() } } }],
    },
  });
  return {
    get: () => Promise.resolve({ metadata: { name: "dashboard" }, spec, status: {} }),
    list: <T extends ClusterObject>({ kind }: Collection) =>
      Promise.resolve((kind === "Pod" ? [pod()] : []) as unknown as T[]),
  } as unknown as Cluster;
}

const urn = "urn:pulumi:test::mesh-six::kubernetes:apps/v1:Deployment::dashboard";
const newInputs = { metadata: { name: "dashboard", namespace: "mesh-six" } };

const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("a Deployment of the program's that does not get ready", () => {
  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
      call: () => ({}),
    });
    takeHooks();
  });

  function hooksOf(reason: () => string, said: string[]) {
    return hooksWith(() => Promise.resolve(clusterWhere(reason)), said);
  }

  function hooksWith(cluster: () => Promise<Cluster>, said: string[]) {
    const transform = sayWhyUnready(cluster, (line) => said.push(line));
    const type = "kubernetes:apps/v1:Deployment";
    const resource = undefined as unknown as pulumi.Resource;
    const result = transform({ type, name: "dashboard", props: {}, opts: {}, resource });
    const { beforeCreate, afterCreate, onError } = result?.opts.hooks ?? {};
    assert.ok(beforeCreate && afterCreate && onError);
    const args = { urn, id: "", name: "dashboard", type, newInputs };
    return {
      begin: () => (beforeCreate[0] as pulumi.ResourceHook).callback(args),
      end: () => (afterCreate[0] as pulumi.ResourceHook).callback(args),
      fail: async (words: string) =>
        (onError[0] as pulumi.ErrorHook).callback({
          ...args,
          errors: [words],
        } as unknown as pulumi.ErrorHookArgs),
    };
  }

  test("says why whenever that changes, and nothing after it is ready", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const said: string[] = [];
    let reason = "ImagePullBackOff";
    const hooks = hooksOf(() => reason, said);
    await hooks.begin();
    for (const next of ["ImagePullBackOff", "ImagePullBackOff", "CrashLoopBackOff"]) {
      reason = next;
      t.mock.timers.tick(10_000);
      await settled();
    }
    await hooks.end();
    t.mock.timers.tick(10_000);
    await settled();
    assert.equal(said.length, 2, said.join("\n"));
    assert.match(said[0] ?? "", /^Deployment mesh-six\/dashboard \(.*ImagePullBackOff.*\): not ready yet$/);
    assert.match(said[1] ?? "", /CrashLoopBackOff/);
  });

  test("leaves it to the plugin where the cluster is out of reach, and then asks for it again", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const said: string[] = [];
    let asked = 0;
    const hooks = hooksWith(() => {
      asked += 1;
      if (asked < 3) return Promise.reject(new Error("no log-in"));
      return Promise.resolve(clusterWhere(() => "ImagePullBackOff"));
    }, said);
    await hooks.begin();
    t.mock.timers.tick(10_000);
    await settled();
    assert.equal(await hooks.fail("timed out"), false);
    await hooks.begin();
    for (let look = 1; look <= 3; look += 1) {
      t.mock.timers.tick(10_000);
      await settled();
    }
    await hooks.end();
    assert.deepEqual([asked, said.length], [3, 1], said.join("\n"));
  });

  test("says why at the end, in place of a time that is over", async () => {
    const hooks = hooksOf(() => "CreateContainerConfigError", []);
    await assert.rejects(
      hooks.fail("timed out waiting for the condition"),
      /^Error: Deployment mesh-six\/dashboard \(.*CreateContainerConfigError.*\): expected it to get ready, .*timed out/,
    );
  });
});
