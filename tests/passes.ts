import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandboxDirectory } from "../sandbox/place/directory.ts";
import { prepareRepository, repositoryUrl } from "../sandbox/services/argocd/repository.ts";
import { officialPlugins } from "../toolchain/parts/plugins.ts";
import type { Progress } from "../toolchain/progress.ts";
import { resolveKubernetesPlugin } from "../toolchain/resolve.ts";

/** One run over the files: what its environment says, and its title. */
export interface Pass {
  readonly title: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The official Kubernetes plugin from its Go module, and stand-ins for the others. */
export const withBuiltPlugin = { MESH_SIX_PLUGINS: "stand-in,kubernetes=official" };

/** As the environment says, and nothing more. */
export const asTold: readonly Pass[] = [{ title: "", environment: {} }];

/**
 * The suite over the engine as it is, and once more with the official Kubernetes plugin. MESH_SIX_PLUGINS in the
 * environment means one run with just that.
 */
export async function enginePasses(progress: Progress): Promise<readonly Pass[]> {
  if (process.env["MESH_SIX_PLUGINS"] !== undefined) return asTold;
  if ((await officialPlugins()).kubernetes !== undefined) {
    progress("the official Kubernetes plugin is installed, so no second run with a built one is needed");
    return asTold;
  }
  try {
    await resolveKubernetesPlugin(progress);
  } catch (error) {
    progress(`the run with the official Kubernetes plugin is left out: ${(error as Error).message}`);
    return asTold;
  }
  return [
    { title: "with the stand-in plugins", environment: {} },
    { title: "with the official Kubernetes plugin", environment: withBuiltPlugin },
  ];
}

/** The take-over against the stand-in for Argo CD, against the real one, and once more with the official plugin. */
export async function operatorPasses(progress: Progress): Promise<readonly Pass[]> {
  const [, built] = await enginePasses(progress);
  const scratch = mkdtempSync(join(tmpdir(), "mesh-six-operators-"));
  const directory = sandboxDirectory(scratch);
  await prepareRepository(directory);
  const pass = (title: string, argocd: string, more: Readonly<Record<string, string>> = {}): Pass => ({
    title,
    environment: {
      MESH_SIX_ARGOCD: argocd,
      MESH_SIX_ENDS: join(scratch, title),
      MESH_SIX_REPOSITORY: repositoryUrl(directory),
      ...more,
    },
  });
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  return [
    pass("with the stand-in for Argo CD", "stand-in"),
    pass("with the real Argo CD", "real"),
    ...(built === undefined
      ? []
      : [pass("with the real Argo CD and the official Kubernetes plugin", "real", built.environment)]),
  ];
}
