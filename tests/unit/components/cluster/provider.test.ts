import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "../../../../components/cluster/provider.ts";

const folder = mkdtempSync(join(tmpdir(), "cluster-provider-"));
const before = { HOME: process.env["HOME"], KUBECONFIG: process.env["KUBECONFIG"] };
after(() => {
  rmSync(folder, { recursive: true });
  Object.assign(process.env, before);
  if (before.KUBECONFIG === undefined) delete process.env["KUBECONFIG"];
});

function kubeconfig(name: string, cluster: object = {}): string {
  const path = join(folder, name);
  const content = {
    clusters: [{ name: "c", cluster: { server: "https://one.test", ...cluster } }],
    users: [{ name: "u", user: { token: "canary" } }],
    contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
    "current-context": "one",
  };
  writeFileSync(path, JSON.stringify(content));
  return path;
}

/** The plugin's input `kubeconfig`, and whether it is secret. */
async function handedOver(setting: string, ambient: string | undefined) {
  const seen: { kubeconfig?: unknown }[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ inputs }) => {
      seen.push(inputs as { kubeconfig?: unknown });
      return { id: "id", state: inputs as object };
    },
    call: () => ({}),
  });
  if (ambient === undefined) delete process.env["KUBECONFIG"];
  else process.env["KUBECONFIG"] = ambient;
  const args = setting === "" ? {} : { kubeconfig: setting };
  const provider = clusterProvider("cluster", args, { kubeconfig: setting, context: "" });
  const { kubeconfig } = provider as unknown as { kubeconfig: pulumi.Output<string | undefined> };
  const isSecret = await pulumi.isSecret(kubeconfig);
  await new Promise<void>((resolve) => pulumi.output(provider.urn).apply(() => resolve()));
  assert.equal(process.env["KUBECONFIG"], ambient, "the environment is as before");
  const input = seen[0]?.kubeconfig as string | { readonly value: string } | undefined;
  return { kubeconfig: typeof input === "object" ? input.value : input, isSecret };
}

describe("the Kubernetes plugin's kubeconfig", () => {
  const plain = kubeconfig("plain");
  const beside = kubeconfig("beside", { "certificate-authority": "ca.pem" });

  test("is the setting, or the one path in KUBECONFIG, as in stacks made before", async () => {
    assert.deepEqual(await handedOver(plain, "/another"), { kubeconfig: plain, isSecret: false });
    assert.deepEqual(await handedOver("", plain), { kubeconfig: plain, isSecret: false });
    assert.deepEqual(await handedOver("/gone", undefined), { kubeconfig: "/gone", isSecret: false });
    assert.deepEqual(await handedOver("", undefined), { kubeconfig: undefined, isSecret: false });
  });

  test("is left to the plugin's environment where KUBECONFIG is a list, or names files beside it", async () => {
    for (const ambient of [[plain, beside].join(delimiter), beside])
      assert.deepEqual(await handedOver("", ambient), { kubeconfig: undefined, isSecret: false });
  });

  test("is secret content where neither the setting nor the environment leads the plugin there", async () => {
    process.env["HOME"] = folder;
    for (const [setting, ambient] of [
      [beside, undefined],
      ["", ["~/beside", "~/plain"].join(delimiter)],
    ] as const) {
      const { kubeconfig, isSecret } = await handedOver(setting, ambient);
      assert.equal(isSecret, true);
      const { clusters } = JSON.parse(String(kubeconfig)) as { clusters: { cluster: object }[] };
      const cluster = { server: "https://one.test", "certificate-authority": join(folder, "ca.pem") };
      assert.deepEqual(clusters[0]?.cluster, cluster);
    }
  });
});
