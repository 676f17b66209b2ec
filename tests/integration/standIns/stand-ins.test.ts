import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Engine } from "../../support/engine/engine.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";

const canary = "canary-7f3a9c";

describe("the stand-in plugins", () => {
  let sandbox: TestSandbox;
  let engine: Engine;

  before(async () => {
    sandbox = await TestSandbox.create();
    // A preview starts the services and makes nothing.
    await sandbox.operate("preview");
    engine = await Engine.create(await sandbox.status(), sandbox.directory);
  });
  after(async () => {
    await engine.close();
    await sandbox.close();
  });

  const kubectl = (...args: string[]) => sandbox.kubectl(...args);
  const value = (namespace: string) =>
    kubectl("get", "configmap", "plain", "-n", namespace, "-o", "jsonpath={.data}");

  describe("for kubernetes", () => {
    const inNamespace = (namespace: string, more: Record<string, string> = {}) => {
      const environment = { NAMESPACE: namespace, SECRET: canary, ...more };
      return async (operation: string, change: Record<string, string> = {}) =>
        engine.run(operation, "cluster", namespace, { ...environment, ...change });
    };

    test("makes objects, changes them in place, puts drift right and takes them away", async () => {
      const run = inNamespace("stand-in-life");
      assert.match((await run("preview")).output, /4 to create|5 to create/);
      const made = await run("up", { EXTRA: "1" });
      assert.ok(made.succeeded, made.output);
      assert.equal(await value("stand-in-life"), '{"value":"1","with.dot":"x"}');
      const names = await kubectl("get", "configmaps", "-n", "stand-in-life", "-o", "name");
      assert.match(names, /named-by-pulumi-[0-9a-f]{8}/);
      const uid = ["get", "configmap", "plain", "-n", "stand-in-life", "-o", "jsonpath={.metadata.uid}"];
      const before = await kubectl(...uid);

      const again = await run("up", { EXTRA: "1" });
      assert.match(again.output, /6 unchanged/);

      const preview = await run("preview", { VALUE: "2", EXTRA: "1" });
      assert.match(preview.output, /~ value\s*: "1" => "2"/);
      assert.equal(await value("stand-in-life"), '{"value":"1","with.dot":"x"}');
      const changed = await run("up", { VALUE: "2" });
      assert.ok(changed.succeeded, changed.output);
      assert.equal(await value("stand-in-life"), '{"value":"2","with.dot":"x"}');
      assert.equal(await kubectl(...uid), before);

      const edit = '{"data":{"value":"by hand"}}';
      await kubectl("patch", "configmap", "plain", "-n", "stand-in-life", "--type=merge", "-p", edit);
      assert.match((await run("refresh", { VALUE: "2" })).output, /1 updated/);
      const mended = await run("up", { VALUE: "2" });
      assert.ok(mended.succeeded, mended.output);
      assert.equal(await value("stand-in-life"), '{"value":"2","with.dot":"x"}');

      await kubectl("delete", "configmap", "plain", "-n", "stand-in-life");
      assert.match((await run("refresh", { VALUE: "2" })).output, /1 deleted/);
      assert.match((await run("up", { VALUE: "2" })).output, /1 created/);

      const gone = await run("destroy");
      assert.ok(gone.succeeded, gone.output);
      await assert.rejects(kubectl("get", "namespace", "stand-in-life"), /NotFound|not found/);
    });

    test("keeps a Secret's values out of the state and of what is printed, also when it only reads it", async () => {
      const run = inNamespace("stand-in-secrets");
      const made = await run("up");
      assert.ok(made.succeeded, made.output);
      const read = await run("up", { READ: "1" });
      assert.ok(read.succeeded, read.output);
      assert.match(read.output, /read\s*: \[secret\]/);
      const encoded = Buffer.from(canary).toString("base64");
      for (const text of [await engine.state("stand-in-secrets"), made.output, read.output]) {
        assert.ok(!text.includes(canary) && !text.includes(encoded));
      }
      assert.ok((await run("destroy")).succeeded);
    });

    test("refuses an object that exists, names field conflicts, and takes it over when told", async () => {
      await kubectl("create", "namespace", "stand-in-existing");
      const literal = ["--from-literal=value=1", "--from-literal=with.dot=x"];
      await kubectl("create", "configmap", "plain", "-n", "stand-in-existing", ...literal);
      const run = inNamespace("stand-in-existing");
      const refused = await run("up");
      assert.equal(refused.succeeded, false);
      assert.match(
        refused.output,
        /Namespace stand-in-existing already exists and this stack does not own it/,
      );

      const conflict = await run("up", { UPSERT: "1", VALUE: "2" });
      assert.equal(conflict.succeeded, false);
      assert.match(
        conflict.output,
        /ConfigMap stand-in-existing\/plain: .* own \.data\.value \(kubectl-create\)/,
      );
      assert.match(conflict.output, /pulumi\.com\/patchForce/);

      const forced = await run("up", { UPSERT: "1", FORCE: "1", VALUE: "2" });
      assert.ok(forced.succeeded, forced.output);
      assert.equal(await value("stand-in-existing"), '{"value":"2","with.dot":"x"}');
      assert.ok((await run("destroy")).succeeded);
    });

    test("fails in time when an object does not become ready, keeps it, and goes on from there", async () => {
      const run = inNamespace("stand-in-waits");
      const late = await run("up", { WAIT: "yes" });
      assert.equal(late.succeeded, false);
      assert.match(
        late.output,
        /ConfigMap stand-in-waits\/plain is not ready after 1 s: \.data\.ready is not there yet/,
      );
      const patch = '{"data":{"ready":"yes"}}';
      await kubectl(
        "patch",
        "configmap",
        "plain",
        "-n",
        "stand-in-waits",
        "--type=merge",
        "-p",
        patch,
        "--field-manager=controller",
      );
      const next = await run("up", { WAIT: "yes" });
      assert.ok(next.succeeded, next.output);
      assert.ok((await run("destroy")).succeeded);
    });

    test("names a kind that the cluster does not serve", async () => {
      const run = inNamespace("stand-in-missing");
      const failed = await run("up", { MISSING: "1" });
      assert.equal(failed.succeeded, false);
      assert.match(
        failed.output,
        /no matches for kind "Nothing" in version "example\.test\/v1".*CustomResourceDefinition/,
      );
      assert.ok((await run("destroy")).succeeded);
    });

    test("waits for an object's finalizers before it counts as deleted", async () => {
      const run = inNamespace("stand-in-finalizers");
      assert.ok((await run("up")).succeeded);
      const finalize = (list: string) => `{"metadata":{"finalizers":${list}}}`;
      const target = ["patch", "configmap", "plain", "-n", "stand-in-finalizers", "--type=merge", "-p"];
      await kubectl(...target, finalize('["example.test/hold"]'));
      let done = false;
      const destroyed = run("destroy").then((result) => {
        done = true;
        return result;
      });
      const deleting = [
        "get",
        "configmap",
        "plain",
        "-n",
        "stand-in-finalizers",
        "-o",
        "jsonpath={.metadata.deletionTimestamp}",
      ];
      while ((await kubectl(...deleting)) === "")
        assert.equal(done, false, "it ended before its object was gone");
      assert.equal(done, false);
      await kubectl(...target, finalize("null"));
      const result = await destroyed;
      assert.ok(result.succeeded, result.output);
    });
  });

  for (const [plugin, target] of [
    ["kubernetes", "https://cluster.invalid:6443"],
    ["postgresql", "database.invalid:5432"],
    ["github", "https://github.com"],
  ] as const) {
    test(`for ${plugin} refuses a target that is not the sandbox's, unless allowed`, async () => {
      const refused = await engine.run("up", "foreign", `foreign-${plugin}`, { PLUGIN: plugin });
      assert.equal(refused.succeeded, false);
      assert.ok(
        refused.output.includes(`The stand-in for Pulumi's ${plugin} plugin refuses ${target}`),
        refused.output,
      );
      assert.match(refused.output, /--allow-stand-ins/);
      const told = { PLUGIN: plugin, MESH_SIX_ALLOW_STAND_INS: "1" };
      const allowed = await engine.run("preview", "foreign", `foreign-${plugin}`, told);
      assert.ok(!allowed.output.includes("refuses"), allowed.output);
    });
  }
});
