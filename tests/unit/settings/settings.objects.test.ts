import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { only, read } from "./settingsOf.ts";

describe("labels and annotations of all objects", () => {
  test("are taken as they are, numbers as text", () => {
    const { objectMetadata } = read({
      commonLabels: '{"team":"agents","example.com/cost-centre":4711,"app.kubernetes.io/component":"infra"}',
      commonAnnotations: '{"example.com/contact":"infra@example.com, by day"}',
    });
    assert.deepEqual(objectMetadata, {
      labels: { team: "agents", "example.com/cost-centre": "4711", "app.kubernetes.io/component": "infra" },
      annotations: { "example.com/contact": "infra@example.com, by day" },
    });
  });

  for (const key of [
    "app",
    "mesh-six/stack",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/part-of",
    "argocd.argoproj.io/sync-options",
    "argocd.argoproj.io/hook",
    "pulumi.com/patchForce",
    "dapr.io/enabled",
    "kubectl.kubernetes.io/last-applied-configuration",
  ]) {
    test(`are refused under the reserved key ${key}`, () => {
      assert.match(
        only({ commonAnnotations: JSON.stringify({ [key]: "x" }) }),
        /expected a key that is not one of the program's.*got "[^"]+"; pulumi config rm --path/,
      );
      assert.match(only({ commonLabels: JSON.stringify({ [key]: "x" }) }), /pulumi config rm --path/);
    });
  }

  for (const [label, value] of [
    ["two words", "x"],
    ["team", "two words"],
    ["team", "x".repeat(64)],
    ["-team", "x"],
  ]) {
    test(`are refused as label ${label}: ${value}`, () => {
      assert.match(only({ commonLabels: JSON.stringify({ [label!]: value }) }), /^mesh-six:commonLabels/);
    });
  }
});
