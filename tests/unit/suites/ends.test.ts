import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { comparable, compareEnds, differences } from "../../support/cluster/ends.ts";

const folder = mkdtempSync(join(tmpdir(), "mesh-six-ends-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with what one run recorded. */
function run(name: string, moments: Readonly<Record<string, object>>): string {
  const path = mkdtempSync(join(folder, `${name}-`));
  for (const [moment, end] of Object.entries(moments))
    writeFileSync(join(path, `${moment}.json`), JSON.stringify(end));
  return path;
}

test("leaves out of an object what no two runs have in common, and a Secret's values", () => {
  const secret = {
    kind: "Secret",
    metadata: {
      name: "a",
      namespace: "mesh-six",
      uid: "1",
      resourceVersion: "2",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "x" },
    },
    data: { url: "YQ==", password: "Yg==" },
    status: {},
  };
  assert.deepEqual(comparable(secret), {
    kind: "Secret",
    metadata: { name: "a", namespace: "mesh-six", annotations: { mine: "x" } },
    data: ["password", "url"],
    status: undefined,
  });
});

test("names each object that differs, with its fields, and each moment that one run lacks", () => {
  const service = { spec: { ports: [{ port: 80 }] } };
  const first = run("first", { adopted: { "Service mesh-six/a": service, "Secret mesh-six/b": {} } });
  const second = run("second", {
    adopted: { "Service mesh-six/a": { spec: { ports: [{ port: 81 }] } } },
    destroyed: {},
  });
  assert.deepEqual(compareEnds(first, second), [
    "adopted.json: Secret mesh-six/b: the object: {} or none",
    "adopted.json: Service mesh-six/a: spec.ports.0.port: 80 or 81",
    "destroyed.json: recorded by one run only",
  ]);
  assert.deepEqual(compareEnds(first, first), []);
});

test("takes generated values for equal, and lists of named things in any order, but no other values", () => {
  const deployment = (port: string, board: string, image: string, turned: boolean) => {
    const env = [
      { name: "PGPORT", value: port },
      { name: "GITHUB_PROJECT_ID", value: board },
      { name: "LOG_LEVEL", value: "info" },
    ];
    const containers = [{ name: "a", image, env: turned ? env.reverse() : env }];
    const annotations = { "mesh-six/checksum": port };
    return { spec: { template: { metadata: { annotations }, spec: { containers } } } };
  };
  const name = "Deployment mesh-six/a";
  const first = run("first", { moment: { [name]: deployment("1", "PVT_a", "a:1", false) } });
  const same = run("same", { moment: { [name]: deployment("2", "PVT_b", "a:1", true) } });
  const other = run("other", { moment: { [name]: deployment("2", "", "a:2", false) } });
  assert.deepEqual(compareEnds(first, same), []);
  assert.deepEqual(compareEnds(first, other), [
    `moment.json: ${name}: ` +
      'spec.template.spec.containers.a.env.GITHUB_PROJECT_ID.value: "generated" or ""; ' +
      'spec.template.spec.containers.a.image: "a:1" or "a:2"',
  ]);
});

test("follows objects down to the field", () => {
  assert.deepEqual(differences({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }), ["a.c: 2 or 3"]);
});
