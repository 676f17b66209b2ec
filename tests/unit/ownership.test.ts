import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../lib/kubernetes/request.ts";
import type { ClusterObject } from "../../lib/kubernetes/cluster.ts";
import { ownershipMap } from "../../operations/adopt/ownership.ts";

const kinds = ["ConfigMap", "Reading"].map((kind) => ({
  ...{ apiVersion: "v1", kind, plural: `${kind.toLowerCase()}s`, namespaced: true, verbs: ["list"] },
}));

/** A cluster whose ConfigMaps can be listed, and whose other kind answers with the error. */
function cluster(error: Error) {
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } };
  return {
    kinds: () => Promise.resolve(kinds),
    list: <T extends ClusterObject>({ kind }: { readonly kind: string }): Promise<T[]> =>
      kind === "ConfigMap" ? Promise.resolve([settings as unknown as T]) : Promise.reject(error),
  };
}

test("a kind that cannot be listed is named, and the others are shown", async () => {
  const told: string[] = [];
  const error = new ApiError("the server is currently unable to handle the request", 503);
  const owners = await ownershipMap(cluster(error), "mesh-six", "prod", [], (line) => told.push(line));
  assert.deepEqual(
    owners.map(({ kind, name, owner }) => [kind, name, owner]),
    [["ConfigMap", "settings", "a person"]],
  );
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^the owners of each Reading \(v1\) are not listed: .*unable to handle/);
});

test("an error of the program itself is none of the cluster's", async () => {
  await assert.rejects(
    ownershipMap(cluster(new TypeError("read nothing")), "mesh-six", "prod", [], () => undefined),
    TypeError,
  );
});
