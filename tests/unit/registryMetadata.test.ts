import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, changes, leaves, type JsonObject } from "../../providers/registryRow/metadata.ts";
import { sameRepository } from "../../providers/registryRow/row.ts";

function merged(document: JsonObject, owned: JsonObject, wanted: JsonObject): unknown {
  return changes(document, owned, wanted).reduce<JsonObject>(
    (each, change) => changed(each, change) as JsonObject,
    document,
  );
}

test("merges key by key and leaves the keys of others, however deep", () => {
  assert.deepEqual(
    merged({ a: { theirs: 1, ours: 1 }, b: 1 }, { a: { ours: 1 } }, { a: { ours: 2, more: { deep: 3 } } }),
    {
      a: { theirs: 1, ours: 2, more: { deep: 3 } },
      b: 1,
    },
  );
});

test("takes out what is no longer declared, and an object with its last key", () => {
  assert.deepEqual(
    merged({ a: { b: { c: 1 } }, d: { e: 1, theirs: 2 } }, { a: { b: { c: 1 } }, d: { e: 1 } }, {}),
    {
      d: { theirs: 2 },
    },
  );
});

test("lists are values: replaced as a whole", () => {
  assert.deepEqual(merged({ list: [1, 2] }, { list: [1, 2] }, { list: [{ a: 1 }] }), { list: [{ a: 1 }] });
});

test("an object declared where a value is takes its place, and the other way round", () => {
  assert.deepEqual(merged({ a: 1 }, { a: 1 }, { a: { b: { c: 2 } } }), { a: { b: { c: 2 } } });
  assert.deepEqual(merged({ a: { b: 1 } }, { a: { b: 1 } }, { a: null }), { a: null });
});

test("changes nothing where everything is as declared", () => {
  const document = { a: { b: [1, { c: null }] }, d: false };
  assert.deepEqual(changes(document, document, document), []);
  assert.deepEqual(changes({ a: { theirs: 1 } }, {}, { a: {} }), [], "an object without keys names no value");
});

test("keys that mean something to JavaScript are keys like others", () => {
  const document = JSON.parse('{"__proto__": {"constructor": 1}, "toString": 2}') as JsonObject;
  assert.deepEqual(
    leaves(document).map(({ path }) => path),
    [["__proto__", "constructor"], ["toString"]],
  );
  assert.deepEqual(Object.keys(merged({}, {}, document) as object), ["__proto__", "toString"]);
  assert.deepEqual(changes({}, { hasOwnProperty: 1 }, {}), []);
});

test("one repository has several addresses", () => {
  const address = "https://github.com/bto-labs/gwa-test-app";
  for (const same of [
    `${address}.git`,
    `${address}/`,
    "https://GitHub.com/BTO-labs/gwa-test-app",
    "git@github.com:bto-labs/gwa-test-app.git",
    "ssh://git@github.com/bto-labs/gwa-test-app",
  ])
    assert.ok(sameRepository(address, same), same);
  for (const other of [`${address}2`, "https://gitea.example/bto-labs/gwa-test-app", "gwa-test-app", ""])
    assert.ok(!sameRepository(address, other), other);
});
