import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../../lib/kubernetes/cluster.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import { AdoptionReview } from "../../../preflight/adoption/review.ts";
import { takeHooks } from "../../support/engine/mocks.ts";

const metadata = { name: "dashboard", namespace: "mesh-six" };

/** The guards of the first write, for two objects that a cluster with this fault is asked for. */
async function guards(fault: Error, preview: boolean): Promise<readonly (() => Promise<void>)[]> {
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, undefined, undefined, preview);
  takeHooks();
  const cluster = { get: () => Promise.reject(fault) } as unknown as Cluster;
  const review = new AdoptionReview({
    ...{
      adopt: true,
      cluster: () => Promise.resolve(cluster),
      namespace: "mesh-six",
      application: undefined,
    },
    choices: { keep: [], lose: [] },
  });
  return ["ConfigMap", "Secret"].map((kind) => {
    const type = `kubernetes:any:${kind}`;
    const props = { apiVersion: "v1", kind, metadata };
    const resource = undefined as unknown as pulumi.Resource;
    const result = review.transformation({ type, name: "dashboard", props, opts: {}, resource });
    const [guard] = (result?.opts.hooks?.beforeCreate ?? []) as pulumi.ResourceHook[];
    assert.ok(guard);
    return async () => guard.callback({} as pulumi.ResourceHookArgs);
  });
}

describe("the first look at what is to be taken over", () => {
  const busy = new ApiError("Could not read ConfigMap mesh-six/dashboard: status 503", 503);

  test("keeps a run from changing anything where the cluster does not answer, and says why once", async () => {
    const [first, second] = await guards(busy, false);
    assert.ok(first && second);
    await assert.rejects(first(), { message: busy.message });
    await assert.rejects(second(), /^Error: not done: /);
  });

  test("lets a preview go on that is out of the cluster's reach", async () => {
    for (const guard of await guards(busy, true)) await guard();
  });

  test("swallows no fault of the program's, in a preview neither", async () => {
    for (const preview of [true, false]) {
      const [first] = await guards(new TypeError("x is undefined"), preview);
      assert.ok(first);
      await assert.rejects(first(), TypeError);
    }
  });
});
