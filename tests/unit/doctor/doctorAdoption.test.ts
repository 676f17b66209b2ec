import assert from "node:assert/strict";
import { test } from "node:test";
import { adoptionItems } from "../../../operations/doctor/cluster/adoption.ts";
import type { PlannedObject } from "../../../preflight/adoption/document.ts";

const planned = (kind: string, more: Partial<PlannedObject>): PlannedObject => ({
  ...{ apiVersion: "v1", kind, namespace: "mesh-six", name: "dashboard", outcome: "changed" },
  ...{ changes: [], kept: [], refusals: [], later: [] },
  ...more,
});
const path = "spec.tls.secretName";

test("doctor says what becomes of each object that is taken over, the worst first", async () => {
  const objects = [
    planned("ConfigMap", { outcome: "made" }),
    planned("CronJob", { outcome: "unknown", reason: "refused" }),
    planned("Service", { outcome: "unchanged", kept: ["spec.externalName"] }),
    planned("Secret", {
      risk: "data",
      changes: [
        { path: "metadata.labels.a", kind: "set", to: '"1"', risk: "other" },
        { path: "data.token", kind: "lost", risk: "data" },
      ],
    }),
    planned("Deployment", {
      risk: "other",
      changes: [{ path: "spec.replicas", kind: "changed", risk: "other" }],
    }),
    planned("IngressRoute", {
      risk: "access",
      changes: [{ path, kind: "lost", from: '"cert"', risk: "access" }],
      refusals: [
        { path, expected: "it to be declared", got: '"cert" there', remedy: "to keep it: set mesh-six:x" },
      ],
    }),
  ];
  const lines = await Promise.all(
    adoptionItems(objects).map(async ([check, look]) => ({ check, ...(await look()) })),
  );
  assert.deepEqual(
    lines.map(({ check, status, detail }) => [check, status, detail]),
    [
      [
        "adoption of IngressRoute mesh-six/dashboard",
        "fail",
        `${path}: expected it to be declared, got "cert" there`,
      ],
      [
        "adoption of Secret mesh-six/dashboard",
        "warn",
        'is taken over with changes (data) · lost: data.token · set: metadata.labels.a ("1")',
      ],
      ["adoption of CronJob mesh-six/dashboard", "warn", "is taken over; the changes are not known: refused"],
      [
        "adoption of Deployment mesh-six/dashboard",
        "pass",
        "is taken over with changes · changed: spec.replicas",
      ],
      [
        "adoption of Service mesh-six/dashboard",
        "pass",
        "is taken over unchanged · kept, although not declared: spec.externalName",
      ],
      ["adoption of ConfigMap mesh-six/dashboard", "pass", "is made"],
    ],
  );
  assert.equal(lines[0]?.remedy, "to keep it: set mesh-six:x");
});
