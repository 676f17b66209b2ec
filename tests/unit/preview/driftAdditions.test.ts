import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClusterObject, ObjectReference } from "../../../lib/kubernetes/cluster.ts";
import { additionLine, additionsOf } from "../../../operations/preview/additions.ts";
import type { Read } from "../../../operations/preview/migrations.ts";
import type { DeclaredShape } from "../../../preflight/additions/document.ts";

const entry = (manager: string, fieldsV1: object) => ({
  ...{ manager, operation: "Update", apiVersion: "v1", time: "2026-01-01T00:00:00Z" },
  fieldsV1,
});

/** The fields of that live object that count as added. */
async function added(
  kind: string,
  live: object,
  entries: readonly object[],
  shape: unknown,
  keep: readonly string[] = [],
) {
  const declared: DeclaredShape = { apiVersion: "v1", kind, namespace: "mesh-six", name: "own", shape, keep };
  const read: Read = <Data>() => [{ subject: "one", data: declared as Data }];
  const object = { ...live, metadata: { managedFields: entries } } as ClusterObject;
  const get = <T extends ClusterObject>({ name }: ObjectReference) =>
    Promise.resolve(name === "own" ? (object as T) : undefined);
  return additionsOf({ get }, read);
}

describe("fields that count as added by others", () => {
  test("are those that are not declared, with their value, manager and time", async () => {
    const live = { data: { theirs: "1", ours: "2" } };
    const [one, ...more] = await added(
      "ConfigMap",
      live,
      [entry("kubectl-edit", { "f:data": { "f:theirs": {}, "f:ours": {} } })],
      { data: { ours: true } },
    );
    assert.deepEqual(more, []);
    assert.deepEqual(one, {
      ...{ apiVersion: "v1", kind: "ConfigMap", namespace: "mesh-six", name: "own", path: "data.theirs" },
      ...{ value: '"1"', manager: "kubectl-edit", time: "2026-01-01T00:00:00Z", access: false },
    });
    assert.equal(
      additionLine(one),
      'ConfigMap mesh-six/own: data.theirs = "1" (kubectl-edit, 2026-01-01T00:00:00Z)',
    );
  });

  test("appear without their value in a Secret, and not at all when they are not known yet", async () => {
    const entries = [entry("hand", { "f:data": { "f:token": {} } })];
    const [one] = await added("Secret", { data: { token: "Y2FuYXJ5" } }, entries, { type: true });
    assert.equal(one?.path, "data.token");
    assert.equal(one.value, undefined);
    assert.deepEqual(await added("Secret", { data: { token: "Y2FuYXJ5" } }, entries, { data: true }), []);
  });

  test("change access where they open a Pod or a Service", async () => {
    const spec = { hostNetwork: true };
    const entries = [entry("hand", { "f:spec": { "f:template": { "f:spec": { "f:hostNetwork": {} } } } })];
    const [one] = await added("Deployment", { spec: { template: { spec } } }, entries, { spec: {} });
    assert.equal(one?.access, true);
    assert.match(additionLine(one), /; it changes access: declare it, or remove it by hand$/);
  });

  test("are none in an IngressRoute, which loses them, unless a setting keeps them", async () => {
    const live = { spec: { tls: { options: { name: "strict" } } } };
    const entries = [entry("hand", { "f:spec": { "f:tls": { "f:options": { "f:name": {} } } } })];
    const shape = { spec: { tls: { certResolver: true } } };
    assert.deepEqual(await added("IngressRoute", live, entries, shape), []);
    const [one] = await added("IngressRoute", live, entries, shape, ["IngressRoute/own spec.tls"]);
    assert.equal(one?.path, "spec.tls.options.name");
    assert.equal(one.access, false);
  });
});
