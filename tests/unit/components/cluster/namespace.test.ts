import assert from "node:assert/strict";
import { test } from "node:test";
import type * as pulumi from "@pulumi/pulumi";
import { declareNamespace } from "../../../../components/cluster/namespace.ts";
import { declarations, object } from "../../../support/engine/mocks.ts";

for (const stays of [true, false])
  test(`a Namespace that ${stays ? "stays is retained, and says so" : "goes with the stack is not, and says nothing"}`, async () => {
    let retained: boolean | undefined;
    const note: pulumi.ResourceTransformation = ({ opts }) => {
      retained = (opts as pulumi.CustomResourceOptions).retainOnDelete;
      return undefined;
    };
    const declared = await declarations(() => {
      declareNamespace("namespace", { namespace: "mesh-six", stays }, { transformations: [note] });
    });
    const { metadata } = object(declared, "Namespace", "mesh-six") as {
      metadata: { annotations: Record<string, string> };
    };
    assert.equal(metadata.annotations["mesh-six/retained"], stays ? "true" : undefined);
    assert.equal(metadata.annotations["argocd.argoproj.io/sync-options"], "Prune=false,Delete=false");
    assert.equal(retained, stays);
  });
