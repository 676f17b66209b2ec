import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Settings } from "../../../settings/settings.ts";
import { controlPlane } from "../../../toolchain/parts/controlPlane.ts";
import { lastWords, runGit } from "../../../lib/process/git.ts";
import { onPath, run } from "../../../lib/process/run.ts";
import { inTemporaryFolder } from "../../../lib/process/temporaryFolder.ts";
import { type Finding, fail, pass, skipped, warn } from "../examination.ts";

/** An object of the overlay, as far as it matters here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  /** The place where a Dapr Component reads its secrets, if not in the cluster's. */
  readonly auth?: { readonly secretStore?: string };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly stringData?: Readonly<Record<string, unknown>>;
}

/** Longest time for fetching the application's repository, and again for rendering it, in milliseconds. */
const patience = 45_000;

/** Longest time for `renderOverlay`, in milliseconds: its own limits, which have better words, come first. */
export const overlayTime = 3 * patience;

/**
 * Renders the application's overlay, as ArgoCD will.
 *
 * @param directory - a checkout of the application, or the overlay in it; undefined to fetch the repository that ArgoCD follows
 */
export async function renderOverlay(
  { argocd }: Settings,
  directory: string | undefined,
): Promise<Finding<readonly Manifest[]>> {
  if (!argocd.enabled) return skipped("mesh-six:argocdEnabled is false", []);
  if (directory !== undefined) {
    const folder = overlayIn(directory, argocd.path);
    if (existsSync(folder)) return renderFolder(folder, folder);
    return fail(
      `overlay ${directory}: expected a folder, got none`,
      "give the folder's path with --overlay DIR",
    );
  }
  return inTemporaryFolder("mesh-six-doctor-", async (copy) => {
    const { repository, revision, path } = argocd;
    const fetched = await fetchRepository(repository, revision, copy);
    if (fetched !== undefined) {
      return warn(
        `${repository} at ${revision}: expected to read it, got: ${fetched}`,
        "to have the overlay checked, name a checkout's: --overlay DIR",
      );
    }
    return renderFolder(join(copy, path), `${repository} ${revision} ${path}`);
  });
}

/** The names under which kustomize looks for what an overlay consists of. */
export const kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** The folder itself where it is an overlay, else the one that ArgoCD follows below it. */
function overlayIn(directory: string, path: string): string {
  const isOverlay = kustomizations.some((name) => existsSync(join(directory, name)));
  const below = join(directory, path);
  return !isOverlay && existsSync(below) ? below : directory;
}

/** @returns why it could not be had */
async function fetchRepository(
  repository: string,
  revision: string,
  folder: string,
): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const outcome = await runGit(["-C", folder, ...args], { limit: patience });
    return outcome.code === 0 ? undefined : lastWords(outcome);
  };
  return (
    (await git("init", "--quiet")) ??
    (await git("fetch", "--quiet", "--depth=1", repository, revision)) ??
    (await git("checkout", "--quiet", "FETCH_HEAD"))
  );
}

/** Renders one folder by kustomize. @param name - of the folder, for a person */
export async function renderFolder(folder: string, name: string): Promise<Finding<readonly Manifest[]>> {
  const kustomize = await findKustomize();
  if (kustomize === undefined) {
    return warn("kubectl or kustomize: expected one on PATH, got none", "install kubectl to have it checked");
  }
  const [program = "", ...args] = kustomize;
  const { code, stdout, stderr } = await run(program, [...args, folder], { limit: patience });
  if (code !== 0) {
    const said =
      stderr
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^error: /i, "") ?? "";
    return fail(`overlay ${name}: expected kustomize to render it, got: ${said}`, "mend the overlay");
  }
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
  return pass(`${name}, ${objects.length} objects`, objects);
}

/** The command, to which the folder is added. */
async function findKustomize(): Promise<readonly string[] | undefined> {
  const [kubectl] = await onPath("kubectl");
  if (kubectl !== undefined) return [kubectl, "kustomize"];
  const [kustomize] = await onPath("kustomize");
  if (kustomize !== undefined) return [kustomize, "build"];
  // The sandbox's own, where there is one.
  const own = await controlPlane.find();
  return own === undefined ? undefined : [...own.kubectl, "kustomize"];
}
