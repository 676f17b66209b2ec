import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chosen, pathsOf, union, without, type FieldSet } from "../../../lib/kubernetes/fieldSet.ts";
import { cut, laidOver } from "../../../preflight/adoption/plan/merge.ts";

const ports: FieldSet = {
  "f:spec": {
    "f:ports": {
      'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:name": {} },
      'k:{"port":9090,"protocol":"TCP"}': { ".": {}, "f:port": {} },
    },
  },
};
const one: FieldSet = {
  "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } } },
};

describe("a set of fields", () => {
  test("names its innermost fields by the keys of lists", () => {
    assert.deepEqual(pathsOf(ports), [
      "spec.ports[80/TCP].port",
      "spec.ports[80/TCP].name",
      "spec.ports[9090/TCP].port",
    ]);
    assert.deepEqual(pathsOf({ "f:data": { "f:a.conf": {} } }), ['data["a.conf"]']);
  });

  test("without another holds what that one does not own", () => {
    assert.deepEqual(pathsOf(without(ports, one)), ["spec.ports[80/TCP].name", "spec.ports[9090/TCP].port"]);
    assert.equal(without(one, ports), undefined);
    assert.equal(without(ports, { "f:spec": {} }), undefined, "who owns a thing whole owns its parts");
  });

  test("holds the parts below chosen paths", () => {
    assert.deepEqual(pathsOf(chosen(ports, (path) => path === "spec.ports[9090/TCP]")), [
      "spec.ports[9090/TCP].port",
    ]);
  });

  test("is united with others step by step", () => {
    assert.deepEqual(union(one, ports, undefined), ports);
  });
});

describe("a cut and what is laid over it", () => {
  const found = {
    spec: {
      ports: [
        { port: 80, name: "http", protocol: "TCP" },
        { port: 9090, protocol: "TCP" },
      ],
    },
  };

  test("removes what only yielding managers own", () => {
    assert.deepEqual(cut(found, { declared: one, yielding: ports, keeping: undefined }), {
      spec: { ports: [{ port: 80, protocol: "TCP" }] },
    });
  });

  test("leaves what another keeps, and what nobody owns", () => {
    const keeping = chosen(ports, (path) => path === "spec.ports[9090/TCP]");
    const unowned = { ...found, status: { ready: true } };
    assert.deepEqual(cut(unowned, { declared: one, yielding: ports, keeping }), {
      spec: { ports: [{ port: 80, protocol: "TCP" }, found.spec.ports[1]] },
      status: { ready: true },
    });
  });

  test("merges lists by their keys, those without keys whole", () => {
    const set: FieldSet = { "f:a": {}, "f:items": { 'k:{"name":"x"}': { "f:value": {}, "f:name": {} } } };
    assert.deepEqual(
      laidOver(
        { a: [1, 2], items: [{ name: "y" }, { name: "x", more: true }] },
        { a: [3], items: [{ name: "x", value: 1 }] },
        set,
      ),
      { a: [3], items: [{ name: "x", more: true, value: 1 }, { name: "y" }] },
    );
  });
});
