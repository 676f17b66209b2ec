import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownerOf } from "../../../operations/adopt/ownership.ts";

const cases: readonly (readonly [title: string, metadata: object, owner: string])[] = [
  ["the stack's annotation", { annotations: { "mesh-six/stack": "prod" } }, "this stack"],
  ["the annotation of another stack", { annotations: { "mesh-six/stack": "dev" } }, "another stack"],
  [
    "an ownerReference, though its owner's annotations are copied",
    {
      annotations: { "mesh-six/stack": "prod" },
      ownerReferences: [{ kind: "ExternalSecret", name: "x" }],
    },
    "an operator",
  ],
  [
    "a tracking-id",
    { annotations: { "argocd.argoproj.io/tracking-id": "mesh-six:apps/Deployment:mesh-six/a" } },
    "ArgoCD",
  ],
  ["ArgoCD's field manager", { managedFields: [{ manager: "argocd-controller" }] }, "ArgoCD"],
  ["a Helm release", { annotations: { "meta.helm.sh/release-name": "redis" } }, "Helm"],
  ["kubectl", { managedFields: [{ manager: "kubectl-client-side-apply" }] }, "a person"],
  ["nothing", {}, "a person"],
];

describe("the owner of an object", () => {
  for (const [title, metadata, owner] of cases) {
    test(`with ${title} is ${owner}`, () => {
      const found = ownerOf({ metadata: { name: "a", ...metadata } }, "ConfigMap", "prod");
      assert.equal(found.owner, owner);
      assert.notEqual(found.why, "");
    });
  }
});
