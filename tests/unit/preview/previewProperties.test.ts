import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digest, step } from "./previewSupport.ts";

const deployment = "kubernetes:apps/v1:Deployment";

describe("the properties that differ, in the digest of a preview", () => {
  test("tells the values of short plain properties at any depth, and only the place of others and of hashes", () => {
    const { changes } = digest(
      step({
        op: "update",
        type: deployment,
        name: "app",
        old: {
          spec: { replicas: 1, env: [{ value: "a" }], at: "https://canary@git.example/x" },
          data: { "a.conf": "x\ny" },
          hash: "0".repeat(64),
        },
        new: {
          spec: { replicas: 2, env: [{ value: "b" }], at: "https://git.example/x" },
          data: { "a.conf": "x\nz" },
          hash: "1".repeat(64),
        },
        detailedDiff: {
          "spec.replicas": { diffKind: "update", inputDiff: true },
          "spec.at": { diffKind: "update", inputDiff: true },
          "spec.env[0].value": { diffKind: "update", inputDiff: true },
          'data["a.conf"]': { diffKind: "update", inputDiff: true },
          hash: { diffKind: "update", inputDiff: true },
        },
      }),
    );
    assert.deepEqual(changes[0]?.properties, [
      { path: 'data["a.conf"]', kind: "update" },
      { path: "hash", kind: "update" },
      {
        ...{ path: "spec.at", kind: "update" },
        ...{ from: "https://[secret]@git.example/x", to: "https://git.example/x" },
      },
      { path: "spec.env[0].value", kind: "update", from: "a", to: "b" },
      { path: "spec.replicas", kind: "update", from: "1", to: "2" },
    ]);
  });

  test("finds what differs by itself where a provider does not say", () => {
    const { changes } = digest(
      step({ op: "update", type: "t", name: "row", old: { a: 1, b: 2 }, new: { a: 1, c: 3 } }),
    );
    assert.deepEqual(changes[0]?.properties, [
      { path: "b", kind: "delete", from: "2" },
      { path: "c", kind: "add", to: "3" },
    ]);
  });

  test("finds what differs within, lists by their names, and of a board what a refresh has seen of it", () => {
    const option = (name: string, color: string) => ({ name, color });
    const views = [{ name: "Board", layout: "board" }];
    const wanted = {
      ...{ repository: "o/r", title: "Board of r", fields: [{ name: "Session ID", type: "TEXT" }], views },
      statusOptions: [option("Todo", "GRAY"), option("QA", "ORANGE"), option("Done", "GREEN")],
    };
    const type = "pulumi-nodejs:dynamic/mesh-six:ProjectBoard";
    const event = step({ op: "update", type, name: "board", old: wanted, new: wanted });
    // As GitHub gives it, with what the inputs do not ask for.
    const described = (name: string, color: string) => ({ ...option(name, color), description: "" });
    const readme = "<!-- mesh-six-infra board of o/r -->";
    const seen = {
      about: { title: wanted.title, shortDescription: "", readme, public: true, closed: false },
      statusOptions: [described("Todo", "RED"), described("Done", "GREEN")],
      fields: wanted.fields,
    };
    Object.assign(event.resourcePreEvent?.metadata.old?.outputs ?? {}, { seen, views: [], adopted: false });
    assert.deepEqual(digest(event).changes[0]?.properties, [
      { path: "public", kind: "update", from: "true", to: "false" },
      { path: "statusOptions.QA", kind: "add" },
      { path: "statusOptions.Todo.color", kind: "update", from: "RED", to: "GRAY" },
      { path: "views.Board", kind: "add" },
    ]);
  });
});
