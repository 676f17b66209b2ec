import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { takenBackKind } from "../../../preflight/additions/document.ts";
import { adoptionKind, type PlannedObject } from "../../../preflight/adoption/document.ts";
import { digestWith } from "./previewSupport.ts";

const refused: PlannedObject = {
  ...{ apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", namespace: "mesh-six", name: "dashboard" },
  ...{ outcome: "changed", changes: [], kept: [], later: [] },
  refusals: [{ path: "spec.tls", expected: "it to be declared", got: "none", remedy: "set it" }],
};

const remark = {
  severity: "error",
  resource: "IngressRoute mesh-six/dashboard",
  message: "spec.tls: expected it to be declared, got none; set it",
};

describe("a refusal among the remarks of a digest", () => {
  test("says that the plan of the adoption holds it, where it does", () => {
    assert.deepEqual(digestWith({ [adoptionKind]: refused }).remarks, [{ ...remark, repeats: "adoption" }]);
  });

  test("stands for itself where the object is taken back from what others added", () => {
    assert.deepEqual(digestWith({ [takenBackKind]: refused }).remarks, [remark]);
  });
});
