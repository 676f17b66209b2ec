import type { Release } from "../../../settings/release.ts";
import type { GitTree } from "../../images/gitTree.ts";
import type { ImageRegistry } from "../../images/imageRegistry.ts";
import { collectRelease } from "./collect.ts";
import { lookAtRelease, type ReleaseTarget } from "./look.ts";
import { renderAt } from "./overlay.ts";
import type { ReleaseReport } from "./report.ts";

/** A release that may be applied. */
export interface PreparedRelease {
  readonly release: Release;
  readonly report: ReleaseReport;
}

/**
 * Makes a release of a commit and looks at all that could fail later: images in the registry, the overlay with our
 * patches, Secrets and ConfigMaps that it reads.
 *
 * @throws Error with one line for each thing that is missing
 */
export async function prepare(
  target: ReleaseTarget,
  tree: GitTree,
  registry: ImageRegistry,
): Promise<PreparedRelease> {
  const { folder, commit } = tree;
  const overlay = await renderAt(folder, commit, target.settings.argocd.path, target.patches);
  const { release, missing } = await collectRelease(tree, overlay.images, registry);
  const problems = missing.map(
    ({ image, tag }) =>
      `image ${registry.repositoryOf(image.name)}:${tag}: expected it in the registry, got none; npm run images -- build ${image.name} --application ${folder} --ref ${commit}`,
  );
  const report = await lookAtRelease(target, folder, release, overlay);
  return { release, report: refuse(report, problems) };
}

/** The same for a release that the stack had before: its digests are in the registry still, or it is refused. */
export async function prepareEarlier(
  target: ReleaseTarget,
  folder: string,
  release: Release,
  registry: ImageRegistry,
): Promise<PreparedRelease> {
  const { commit, images } = release;
  const overlay =
    commit === undefined
      ? undefined
      : await renderAt(folder, commit, target.settings.argocd.path, target.patches);
  const gone: string[] = [];
  for (const [name, digest] of Object.entries(images))
    if ((await registry.digest(name, digest)) === undefined)
      gone.push(
        `image ${registry.repositoryOf(name)}@${digest}: expected it in the registry, got none; push it again, or go back to another release`,
      );
  return { release, report: refuse(await lookAtRelease(target, folder, release, overlay), gone) };
}

function refuse(report: ReleaseReport, problems: readonly string[]): ReleaseReport {
  const all = [...problems, ...report.missing];
  if (all.length > 0) throw new Error(all.join("\n"));
  return report;
}
