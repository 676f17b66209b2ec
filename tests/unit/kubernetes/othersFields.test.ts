import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leavesOf, pathsOf, splitBy, valueAt, type ManagedFields } from "../../../lib/kubernetes/fieldSet.ts";
import { othersFields } from "../../../lib/kubernetes/othersFields.ts";
import { keptApart } from "../../../preflight/additions/managers.ts";

const env = (name: string) => ({ [`k:{"name":"${name}"}`]: { ".": {}, "f:name": {}, "f:value": {} } });
const container = (fields: object) => ({
  "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, ...fields } } },
});
const entry = (manager: string, fieldsV1: object, more: Partial<ManagedFields> = {}): ManagedFields => ({
  ...{ manager, operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1" },
  fieldsV1: fieldsV1 as NonNullable<ManagedFields["fieldsV1"]>,
  ...more,
});
const declared = {
  spec: { containers: [{ name: "web", image: "nginx", env: [{ name: "A", value: "1" }] }] },
};

describe("the fields that others own", () => {
  test("are those of no controller, no status, and not the plugin's", () => {
    const managedFields = [
      entry("pulumi-kubernetes-1", container({ "f:image": {} }), { operation: "Apply" }),
      entry("kubectl-set", container({ "f:env": env("EXTRA") }), { time: "2026-01-01T00:00:00Z" }),
      entry("kube-controller-manager", container({ "f:command": {} })),
      entry("hand", { "f:status": { "f:phase": {} } }),
      entry("hand", container({ "f:image": {} }), { subresource: "status" }),
      entry("kept:kubectl-label", { "f:metadata": { "f:labels": { "f:mine": {} }, "f:finalizers": {} } }),
      entry("kubectl-edit", {
        "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/last-applied-configuration": {} } },
      }),
    ];
    const found = othersFields({ metadata: { managedFields } });
    assert.deepEqual(
      found.map(({ manager, time, fields }) => [manager, time, pathsOf(fields)]),
      [
        [
          "kubectl-set",
          "2026-01-01T00:00:00Z",
          ["spec.containers[web].env[EXTRA].name", "spec.containers[web].env[EXTRA].value"],
        ],
        ["kubectl-label", undefined, ["metadata.labels.mine"]],
      ],
    );
  });

  test("are those in data for a Secret that was made with stringData", () => {
    const managedFields = [entry("kubectl-client-side-apply", { "f:stringData": { "f:token": {} } })];
    const [one] = othersFields({ metadata: { managedFields } });
    assert.deepEqual(pathsOf(one?.fields), ["data.token"]);
  });

  test("are parted by what is declared, items of lists by their keys", () => {
    const set = container({ "f:image": {}, "f:env": { ...env("A"), ...env("EXTRA") } });
    const { declared: own, rest } = splitBy(set, declared);
    assert.ok(pathsOf(own).includes("spec.containers[web].env[A].value"));
    assert.deepEqual(pathsOf(rest), [
      "spec.containers[web].env[EXTRA].name",
      "spec.containers[web].env[EXTRA].value",
    ]);
    const [leaf] = leavesOf(own).filter(({ path }) => path.endsWith("env[A].value"));
    assert.equal(valueAt(declared, leaf!.steps), "1");
    assert.equal(
      splitBy(set, { spec: true }).rest,
      undefined,
      "of a value that is not known, all is declared",
    );
  });
});

describe("the managers' entries before an update", () => {
  test("keep kubectl's undeclared fields from the plugin, and leave it those that are declared", () => {
    const set = container({ "f:image": {}, "f:env": env("EXTRA") });
    const managers = [
      entry("pulumi-kubernetes-1", container({}), { operation: "Apply" }),
      entry("kubectl-edit", set),
    ];
    const left = keptApart(managers, declared, undefined)!;
    const of = (manager: string) => pathsOf(left.find((one) => one.manager === manager)?.fieldsV1);
    assert.deepEqual(of("kept:kubectl-edit"), [
      "spec.containers[web].env[EXTRA].name",
      "spec.containers[web].env[EXTRA].value",
    ]);
    assert.ok(of("kubectl-edit").includes("spec.containers[web].image"));
    assert.equal(
      of("kubectl-edit").some((path) => path.includes("EXTRA")),
      false,
    );
    assert.equal(keptApart(left, declared, undefined), undefined, "once is enough");
  });

  test("stay as they are where nothing of kubectl's is undeclared", () => {
    const managers = [
      entry("hand", container({ "f:command": {} })),
      entry("kubectl-edit", container({ "f:image": {} })),
    ];
    assert.equal(keptApart(managers, declared, undefined), undefined);
  });

  test("give the plugin what is taken back, whoever owns it", () => {
    const tls = { "f:spec": { "f:tls": { "f:options": { "f:name": {} } } } };
    const left = keptApart([entry("hand", { ...tls, "f:data": { "f:a": {} } })], { spec: { tls: {} } }, tls)!;
    assert.deepEqual(
      left.map(({ manager, operation, fieldsV1 }) => [manager, operation, pathsOf(fieldsV1)]),
      [
        ["hand", "Update", ["data.a"]],
        ["kubectl-given-to-pulumi", "Update", ["spec.tls.options.name"]],
      ],
    );
  });
});
