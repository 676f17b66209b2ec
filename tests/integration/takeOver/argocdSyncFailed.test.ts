import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ApplicationSync } from "../../../providers/argocdSync/resource.ts";
import { pathFolders } from "../../../sandbox/engine/operations.ts";
import { resolveToolchain } from "../../../toolchain/resolve.ts";
import { type ApplicationServer, startApplicationServer } from "../../support/cluster/applicationServer.ts";

const source = { repoURL: "https://github.com/jaybrto/mesh-six" };
const finalizers = ["resources-finalizer.argocd.argoproj.io"];
const status = {
  sync: { status: "Synced", comparedTo: { source } },
  health: { status: "Healthy" },
};

let server: ApplicationServer;
let folder: string;
let stack: Stack;

before(async () => {
  server = await startApplicationServer(() => ({
    metadata: { name: "mesh-six", namespace: "argocd", finalizers },
    spec: { source },
    status,
  }));
  const toolchain = await resolveToolchain({ progress: () => undefined, installPlugins: false });
  folder = await mkdtemp(join(tmpdir(), "mesh-six-engine-"));
  await mkdir(join(folder, "state"));
  const root = dirname(dirname(toolchain.engine.command));
  const program = () => {
    const application = { namespace: "argocd", name: "mesh-six" };
    const waiting = { wait: true, waitMinutes: 1, objects: [] };
    new ApplicationSync("application-sync", { ...server.access, ...waiting, application, source });
    return Promise.resolve();
  };
  stack = await LocalWorkspace.createStack(
    { stackName: "test", projectName: "mesh-six", program },
    {
      workDir: folder,
      pulumiCommand: await PulumiCommand.get({ root, skipVersionCheck: true }),
      secretsProvider: "passphrase",
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        MESH_SIX_ROOT: resolve(import.meta.dirname, "../../.."),
        PATH: [...pathFolders(toolchain), process.env["PATH"] ?? ""].join(delimiter),
      },
    },
  );
});
after(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** An `up` whose wait for the Application fails. */
async function failed(): Promise<void> {
  server.faults = ["none", 403];
  await assert.rejects(
    stack.up({ color: "never" }),
    /Could not read Application argocd\/mesh-six: status 403/,
  );
}

test("a wait that failed is in the state, with its secrets encrypted, and is made up for by the next up", async () => {
  await failed();
  const state = await readFile(join(folder, "state/.pulumi/stacks/mesh-six/test.json"), "utf8");
  assert.match(state, /application-sync/);
  assert.doesNotMatch(state, /canary/);
  // A refresh takes the failure out of the state.
  await stack.refresh({ color: "never" });
  assert.equal((await stack.up({ color: "never" })).summary.resourceChanges?.["update"], 1);
  await stack.up({ color: "never", expectNoChanges: true });
});

test("after a wait that failed, a destroy takes off by what ArgoCD would delete its objects", async () => {
  await stack.destroy({ color: "never" });
  await failed();
  server.patches.length = 0;
  await stack.destroy({ color: "never" });
  assert.deepEqual(server.patches, [{ metadata: { finalizers: null } }]);
});
