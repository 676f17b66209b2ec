import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { Migrations } from "../../../providers/migrations/resource.ts";
import { pathFolders } from "../../../sandbox/engine/operations.ts";
import type { Toolchain } from "../../../toolchain/resolve.ts";

const project = resolve(import.meta.dirname, "../../..");

export interface MigrationStack {
  readonly stack: Stack;
  /** The project as the provider process sees it: a copy, so that a test can plant a bug. */
  readonly root: string;
  readonly state: () => Promise<string>;
}

/**
 * A stack of one Migrations resource on the real engine.
 *
 * @param environment - further variables of the engine and its providers
 */
export async function migrationStack(
  context: TestContext,
  toolchain: Toolchain,
  args: () => { url: string; directory: string },
  environment: Readonly<Record<string, string>> = {},
): Promise<MigrationStack> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-engine-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, "project");
  for (const path of ["state", "project"]) await mkdir(join(folder, path));
  for (const path of ["lib", "providers", "package.json"])
    await cp(join(project, path), join(root, path), { recursive: true });
  await symlink(join(project, "node_modules"), join(root, "node_modules"));
  const program = () => Promise.resolve({ applied: new Migrations("schema", args()).applied });
  const stack = await LocalWorkspace.createStack(
    { stackName: "test", projectName: "mesh-six", program },
    {
      workDir: folder,
      pulumiCommand: await PulumiCommand.get({
        root: dirname(dirname(toolchain.engine.command)),
        skipVersionCheck: true,
      }),
      secretsProvider: "passphrase",
      envVars: {
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        MESH_SIX_ROOT: root,
        PATH: [...pathFolders(toolchain), process.env["PATH"] ?? ""].join(delimiter),
        ...environment,
      },
    },
  );
  const state = () => readFile(join(folder, "state/.pulumi/stacks/mesh-six/test.json"), "utf8");
  return { stack, root, state };
}
