import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { config, SecretStacks, vault } from "./secretStacks.ts";

describe("a Secret whose source changes without consent", () => {
  let stacks: SecretStacks;
  before(async () => {
    stacks = await SecretStacks.start();
  });
  after(() => stacks.close());

  test("is refused without adopt when External Secrets made it, and stays", async () => {
    const own = await stacks.stack();
    try {
      const made = await own.run("up", vault());
      assert.ok(made.succeeded, made.output);
      const first = await own.says(/^from-vault$/);
      for (const operation of ["preview", "up"]) {
        const { succeeded, output } = await own.run(operation, config);
        assert.equal(succeeded, false);
        assert.match(
          output,
          /own-secret: expected none, got the one of ExternalSecret own-external; to take it over: pulumi config set mesh-six:adopt true/,
        );
      }
      assert.equal((await own.says(/^from-vault$/)).metadata.uid, first.metadata.uid);
    } finally {
      await own.close();
    }
  });

  test("is refused when another stack's or a person's ExternalSecret writes it, with adopt too", async () => {
    const own = await stacks.stack();
    try {
      const { namespace } = own;
      await stacks.cluster.apply(externalSecret(namespace, "by-hand"), { fieldManager: "hand" });
      const first = await own.says(/^from-vault$/);
      const { succeeded, output } = await own.run("up", config, { ADOPT: "1" });
      assert.equal(succeeded, false);
      assert.match(output, /got ExternalSecret by-hand, which this stack did not make/);
      assert.match(output, /kubectl delete externalsecret by-hand -n \S+ --cascade=orphan/);
      const other = await own.run("up", vault(), { ADOPT: "1" });
      assert.equal(other.succeeded, false);
      assert.match(
        other.output,
        /pulumi config set --plaintext --path mesh-six:secrets.own-secret.externalSecret by-hand/,
      );
      const last = await own.says(/^from-vault$/);
      assert.equal(last.metadata.uid, first.metadata.uid);
      assert.deepEqual(
        last.metadata.ownerReferences?.map(({ name }) => name),
        ["by-hand"],
      );
    } finally {
      await own.close();
    }
  });

  test("is refused when an ExternalSecret writes it that does not own it, with adopt too", async () => {
    const own = await stacks.stack();
    try {
      const orphaning = externalSecret(own.namespace, "by-hand", "Orphan");
      await stacks.cluster.apply(orphaning, { fieldManager: "hand" });
      await own.says(/^from-vault$/);
      for (const source of [config, vault()]) {
        const { succeeded, output } = await own.run("up", source, { ADOPT: "1" });
        assert.equal(succeeded, false);
        assert.match(output, /got ExternalSecret by-hand, which this stack did not make/);
      }
      // By the remedy its content is this stack's, and stays so.
      const remedy = ["delete", "externalsecret", "by-hand", "-n", own.namespace, "--cascade=orphan"];
      await stacks.started.kubectl(remedy);
      const made = await own.run("up", config, { ADOPT: "1" });
      assert.ok(made.succeeded, made.output);
      await own.says(/^from-config$/);
    } finally {
      await own.close();
    }
  });

  const registry = { source: "config", kind: "registry", values: { password: "p" } };
  const registryFromVault = { ...vault(), kind: "registry", keys: { password: "own-key" } };
  for (const { from, to, what } of [
    { from: config, to: registry, what: "in the settings" },
    { from: config, to: registryFromVault, what: "on its way to Vault" },
    { from: vault(), to: registry, what: "on its way from Vault" },
  ]) {
    test(`is refused with adopt too and stays, for another kind ${what}`, async () => {
      const own = await stacks.stack();
      try {
        const made = await own.run("up", from);
        assert.ok(made.succeeded, made.output);
        const first = await own.says(/./);
        const end = own.watch();
        for (const flags of [{}, { ADOPT: "1" }] as Record<string, string>[]) {
          for (const operation of ["preview", "up"]) {
            const { succeeded, output } = await own.run(operation, to, flags);
            assert.equal(succeeded, false, output);
            if (from.source !== "vault" || flags["ADOPT"])
              assert.match(
                output,
                /own-secret: expected type kubernetes\.io\/dockerconfigjson, got Opaque, and Kubernetes changes .*kubectl delete secret own-secret -n \S+, then pulumi up --refresh/,
              );
          }
        }
        assert.equal((await end()).missing, 0);
        assert.equal((await own.says(/./)).metadata.uid, first.metadata.uid);
        // By the remedy it is made again.
        await stacks.started.kubectl(["delete", "secret", "own-secret", "-n", own.namespace]);
        if (from.source === "vault") return;
        const refreshed = await own.run("refresh", from);
        assert.ok(refreshed.succeeded, refreshed.output);
        const again = await own.run("up", to);
        assert.ok(again.succeeded, again.output);
      } finally {
        await own.close();
      }
    });
  }

  for (const source of [config, vault()]) {
    test(`is refused without adopt when a person made it, with the source ${source.source}`, async () => {
      const own = await stacks.stack();
      try {
        await stacks.started.kubectl([
          ...["create", "secret", "generic", "own-secret", "-n", own.namespace],
          "--from-literal=api-key=by-hand",
        ]);
        const { succeeded, output } = await own.run("preview", source);
        assert.equal(succeeded, false);
        assert.match(output, /own-secret: expected none, got one that this stack did not make/);
        assert.match(output, /pulumi config set mesh-six:adopt true/);
        assert.equal(own.content(await own.read()), "by-hand");
      } finally {
        await own.close();
      }
    });
  }
});

function externalSecret(namespace: string, name: string, creationPolicy = "Owner") {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace },
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { name: "vault-backend", kind: "ClusterSecretStore" },
      target: { name: "own-secret", creationPolicy, deletionPolicy: "Retain" },
      data: [{ secretKey: "api-key", remoteRef: { key: "secret/data/mesh-six", property: "own-key" } }],
    },
  };
}
