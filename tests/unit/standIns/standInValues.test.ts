import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { differences } from "../../../sandbox/plugins/protocol/differences.ts";
import { decode, encode, encodeLike } from "../../../sandbox/plugins/protocol/marshal.ts";
import {
  containsUnknown,
  hideLike,
  reveal,
  secret,
  UNKNOWN,
  type Properties,
} from "../../../sandbox/plugins/protocol/values.ts";

describe("secrets in a stand-in's values", () => {
  test("come out plain and go back in at the same places", () => {
    const inputs = { data: secret({ password: "p" }), list: ["a", secret("b")], open: 1 };
    const plain = reveal(inputs) as Properties;
    assert.deepEqual(plain, { data: { password: "p" }, list: ["a", "b"], open: 1 });
    assert.deepEqual(hideLike(plain, inputs), inputs);
  });

  test("hide a whole list once its length has changed, since positions say nothing then", () => {
    assert.deepEqual(hideLike(["x", "a", "b"], ["a", secret("b")]), secret(["x", "a", "b"]));
  });

  test("stay hidden in the copy of the inputs that a state keeps", () => {
    const inputs = { data: secret("p") };
    const outputs = decode(encodeLike({ data: "p", __inputs: { data: "p" }, status: "p is fine" }, inputs));
    assert.deepEqual(outputs, { data: secret("p"), __inputs: inputs, status: "p is fine" });
  });

  test("leave what was never given as it is: no nulls for absent members", () => {
    assert.deepEqual(decode(encode({ kept: null, absent: undefined } as unknown as Properties)), {
      kept: null,
    });
  });
});

test("an unknown value is found however deep it lies", () => {
  assert.equal(containsUnknown({ a: [{ b: UNKNOWN }] }), true);
  assert.equal(containsUnknown({ a: [{ b: "known" }] }), false);
});

describe("differences", () => {
  test("are the leaves, by Pulumi's property paths", () => {
    const before = { spec: { ports: [{ port: 80 }], old: 1 }, data: { "a.b": "1" }, same: [1] };
    const after = {
      spec: { ports: [{ port: 81 }, { port: 82 }] },
      data: { "a.b": "2", new: "3" },
      same: [1],
    };
    assert.deepEqual(differences(before, after), [
      { path: "spec.ports[0].port", kind: "update" },
      { path: "spec.ports[1]", kind: "add" },
      { path: "spec.old", kind: "delete" },
      { path: 'data["a.b"]', kind: "update" },
      { path: "data.new", kind: "add" },
    ]);
  });

  test("do not see another order of members, and do see another order of items", () => {
    assert.deepEqual(differences({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
    assert.equal(differences({ list: [1, 2] }, { list: [2, 1] }).length, 2);
  });
});
