import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { officialPlugins } from "../../../toolchain/parts/plugins.ts";
import { TestSandbox } from "../../support/engine/sandbox.ts";
import { sandboxState, type SandboxState } from "../../support/engine/sandboxState.ts";

const missing = Object.entries(await officialPlugins()).filter(([, folder]) => folder === undefined);
const skip =
  missing.length > 0
    ? `Pulumi's official plugins are not installed: ${missing.map(([name]) => name).join(", ")}`
    : process.env["MESH_SIX_PLUGINS"] === "stand-in"
      ? "MESH_SIX_PLUGINS=stand-in: the official plugins are not to be looked at"
      : false;
if (skip !== false) console.log(`skipped: ${skip}`);

/** The program, converged from nothing with one set of plugins. */
async function converged(plugins: "official" | "stand-in"): Promise<TestSandbox> {
  const sandbox = await TestSandbox.create();
  const { code, stdout, stderr } = await sandbox.run(["up", "--json"], { MESH_SIX_PLUGINS: plugins });
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return sandbox;
}

describe("the program with stand-ins and with the official plugins", { skip }, () => {
  let sandbox: TestSandbox;
  let official: SandboxState;
  let standIn: SandboxState;

  before(async () => {
    const reference = await converged("official");
    try {
      official = await sandboxState(reference);
    } finally {
      await reference.close();
    }
    sandbox = await converged("stand-in");
    standIn = await sandboxState(sandbox);
  });
  after(() => sandbox.close());

  test("makes the same objects in the cluster", () => {
    assert.ok(Object.keys(official.cluster).length > 20, Object.keys(official.cluster).join());
    assert.deepEqual(standIn.cluster, official.cluster);
  });

  test("makes the same roles, databases, tables and rights", () => {
    assert.deepEqual(standIn.database, official.database);
  });

  test("makes the same repositories and webhooks", () => {
    assert.deepEqual(standIn.github, official.github);
  });

  test("records the same resources with the same inputs and outputs, and the same ones secret", () => {
    assert.ok(Object.keys(official.resources).length > 40, Object.keys(official.resources).join());
    assert.deepEqual(standIn.resources, official.resources);
  });

  test("goes on unchanged when the plugins change to the official ones and back", async () => {
    for (const plugins of ["official", "stand-in"] as const) {
      for (const operation of [["preview"], ["refresh"], ["up"]]) {
        const command = [...operation, "--expect-no-changes", "--json"];
        const { code, stdout, stderr } = await sandbox.run(command, { MESH_SIX_PLUGINS: plugins });
        assert.equal(code, 0, `${plugins} ${operation.join(" ")}\n${stdout}\n${stderr}`);
      }
    }
  });
});
