import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withWritesApplied } from "../../../lib/kubernetes/managers.ts";

const kubectl = { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:theirs": {} } } };
const applied = {
  manager: "pulumi-kubernetes-1a2b",
  operation: "Apply",
  fieldsV1: { "f:data": { "f:a": {} } },
};
const written = {
  manager: "pulumi-kubernetes",
  operation: "Update",
  fieldsV1: { "f:data": { "f:b": {} } },
};
const status = { ...written, subresource: "status", fieldsV1: { "f:status": {} } };

describe("the plugin's plain writes", () => {
  test("belong to its apply afterwards, and all other entries stay", () => {
    assert.deepEqual(withWritesApplied([kubectl, applied, written, status]), [
      kubectl,
      { ...applied, fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } } },
      status,
    ]);
  });

  test("stay where there are none, or where the plugin has applied nothing yet", () => {
    assert.equal(withWritesApplied([kubectl, applied]), undefined);
    assert.equal(withWritesApplied([kubectl, written]), undefined);
  });
});
