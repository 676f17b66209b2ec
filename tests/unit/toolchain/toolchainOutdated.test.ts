import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requiredBy } from "../../../operations/check/outdated.ts";
import { versions } from "../../../toolchain/versions.ts";

const goMod = (module: string) =>
  readFileSync(join(import.meta.dirname, "../../../toolchain/modules", module, "go.mod"), "utf8");

test("a go.mod asks for its direct requirements, in a block or alone", () => {
  assert.deepEqual(
    requiredBy(goMod("control-plane")).map(({ name }) => name),
    [
      ...["github.com/spf13/cobra", "github.com/spf13/pflag", "go.etcd.io/etcd/server/v3"],
      ...["k8s.io/component-base", "k8s.io/kubectl", "k8s.io/kubernetes", "sigs.k8s.io/kwok"],
    ],
  );
  assert.deepEqual(requiredBy(goMod("redis")), [
    { name: "github.com/alicebob/miniredis/v2", version: `v${versions.miniredis}` },
  ]);
});

test("a go.mod asks for the module of its tool, although that counts as indirect", () => {
  assert.deepEqual(requiredBy(goMod("engine")), [
    { name: "github.com/pulumi/pulumi/pkg/v3", version: `v${versions.engine}` },
  ]);
});
