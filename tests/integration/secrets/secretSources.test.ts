import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, connect, type ClusterObject } from "../../../lib/kubernetes/cluster.ts";
import { resolveToolchain } from "../../../toolchain/resolve.ts";
import { eventually, startCluster } from "../../support/cluster/cluster.ts";
import { Engine } from "../../support/engine/engine.ts";
import { ExternalSecretsOperator } from "../../support/cluster/externalSecrets.ts";

interface Live extends ClusterObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly metadata: ClusterObject["metadata"] & { readonly ownerReferences?: readonly { name: string }[] };
}

const config = { source: "config", kind: "opaque", values: { "api-key": "from-config" } };
const generated = { source: "generated", kind: "opaque", keys: ["api-key"], length: 20 };
const copied = {
  source: "cluster",
  kind: "opaque",
  namespace: "elsewhere",
  name: "theirs",
  keys: { "api-key": "api-key" },
};
const vault = (externalSecret = "own-external") => ({
  source: "vault",
  kind: "opaque",
  externalSecret,
  remoteKey: "secret/data/mesh-six",
  refreshInterval: "1h",
  keys: { "api-key": "own-key" },
});

describe("a Secret whose source changes", () => {
  let started: Awaited<ReturnType<typeof startCluster>>;
  let cluster: Cluster;
  let engine: Engine;
  let namespaces = 0;

  before(async () => {
    started = await startCluster(["etcd", "kube-apiserver", "kube-controller-manager"]);
    cluster = await connect({ kubeconfig: started.kubeconfig, context: "" });
    const toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
    engine = await Engine.create({ engine: toolchain.engine, kubeconfig: started.kubeconfig }, "");
  });
  after(async () => {
    await engine?.close();
    await started?.close();
  });

  /** A namespace with its operator, and a stack that declares one Secret in it. */
  async function stack() {
    namespaces += 1;
    const namespace = `sources-${namespaces}`;
    await started.kubectl(["create", "namespace", namespace]);
    const operator = new ExternalSecretsOperator(cluster, namespace, { "own-key": "from-vault" });
    const secret = { apiVersion: "v1", kind: "Secret", namespace, name: "own-secret" };
    const read = () => cluster.get<Live>(secret);
    const content = (live: Live | undefined) =>
      live?.data?.["api-key"] && Buffer.from(live.data["api-key"], "base64").toString();
    return {
      namespace,
      read,
      content,
      close: () => operator.close(),
      run: async (operation: string, source: object, more: Record<string, string> = {}) =>
        engine.run(operation, "secretSources", namespace, {
          NAMESPACE: namespace,
          SOURCE: JSON.stringify(source),
          MESH_SIX_ALLOW_STAND_INS: "1",
          ...more,
        }),
      says: (expected: RegExp) =>
        eventually(String(expected), async () => {
          const live = await read();
          return expected.test(content(live) ?? "") ? live : undefined;
        }),
      /** Looks all the time until it is ended; how often the content was missing. */
      watch: () => {
        let missing = 0;
        let looks = 0;
        let ended = false;
        const looking = (async () => {
          while (!ended) {
            const found = content(await read());
            looks += 1;
            if (found === undefined || found === "") missing += 1;
            await sleep(10);
          }
        })();
        return async () => {
          ended = true;
          await looking;
          return { missing, looks };
        };
      },
    };
  }

  for (const { what, from, to, expected, adopt, owner } of [
    { what: "Vault to settings", from: vault(), to: config, expected: /^from-config$/, adopt: true },
    { what: "Vault to another Secret", from: vault(), to: copied, expected: /^from-cluster$/, adopt: true },
    { what: "Vault to generated", from: vault(), to: generated, expected: /^\w{20}$/, adopt: true },
    { what: "settings to generated", from: config, to: generated, expected: /^\w{20}$/, adopt: false },
    {
      what: "settings to Vault",
      from: config,
      to: vault(),
      expected: /^from-vault$/,
      adopt: false,
      owner: "own-external",
    },
    {
      what: "generated to Vault, with adopt",
      from: generated,
      to: vault(),
      expected: /^from-vault$/,
      adopt: true,
      owner: "own-external",
    },
    {
      what: "one ExternalSecret to another",
      from: vault(),
      to: vault("renamed"),
      expected: /^from-vault$/,
      adopt: false,
      owner: "renamed",
    },
  ]) {
    test(`keeps its UID and has content all the time, from ${what}`, async () => {
      const own = await stack();
      try {
        const made = await own.run("up", from);
        assert.ok(made.succeeded, made.output);
        const first = await own.says(from.source === "vault" ? /^from-vault$/ : /./);
        const end = own.watch();
        const flags: Record<string, string> = adopt ? { ADOPT: "1" } : {};
        const changed = await own.run("up", to, flags);
        assert.ok(changed.succeeded, changed.output);
        await own.says(expected);
        const again = await own.run("up", to, flags);
        assert.ok(again.succeeded, again.output);
        // The garbage collector and the operator need a moment for what they would do wrong.
        await sleep(2000);
        const { missing, looks } = await end();
        const last = await own.says(expected);
        assert.equal(missing, 0, `of ${looks} looks`);
        assert.ok(looks > 20);
        assert.equal(last.metadata.uid, first.metadata.uid);
        assert.deepEqual(
          last.metadata.ownerReferences?.map(({ name }) => name),
          owner === undefined ? undefined : [owner],
        );
      } finally {
        await own.close();
      }
    });
  }

  test("is refused without adopt when External Secrets made it, and stays", async () => {
    const own = await stack();
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
    const own = await stack();
    try {
      const { namespace } = own;
      await cluster.apply(externalSecret(namespace, "by-hand"), { fieldManager: "hand" });
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

  for (const source of [config, vault()]) {
    test(`is refused without adopt when a person made it, with the source ${source.source}`, async () => {
      const own = await stack();
      try {
        await started.kubectl([
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

function externalSecret(namespace: string, name: string) {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace },
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { name: "vault-backend", kind: "ClusterSecretStore" },
      target: { name: "own-secret", creationPolicy: "Owner", deletionPolicy: "Retain" },
      data: [{ secretKey: "api-key", remoteRef: { key: "secret/data/mesh-six", property: "own-key" } }],
    },
  };
}
