import { type Release } from "../../settings/release.ts";
import { lookAtCluster } from "../doctor/cluster/cluster.ts";
import type { Manifest } from "../doctor/cluster/overlay.ts";
import { lookAtSecrets } from "../doctor/cluster/secrets.ts";
import type { GitTree } from "../images/gitTree.ts";
import type { ImageRegistry } from "../images/registry.ts";
import { commitsBetween, newMigrations } from "./between.ts";
import { collectRelease } from "./collect.ts";
import { renderAt } from "./overlay.ts";
import { planRelease } from "./plan.ts";
import { type ReleaseReport, servicesBetween } from "./report.ts";
import type { ReleaseStack } from "./stack.ts";

/** A release that may be applied. */
export interface PreparedRelease {
  readonly release: Release;
  readonly report: ReleaseReport;
  /** Objects of the overlay at the release's commit. */
  readonly objects: readonly Manifest[];
}

/**
 * Makes a release of a commit and looks at all that could fail later: images in the registry, the overlay with our
 * patches, Secrets that it reads.
 *
 * @throws Error with one line for each thing that is missing
 */
export async function prepare(
  target: ReleaseStack,
  tree: GitTree,
  registry: ImageRegistry,
): Promise<PreparedRelease> {
  const overlay = await renderAt(tree.folder, tree.commit, target.settings.argocd.path, target.patches);
  const { release, missing, unknown } = await collectRelease(tree, overlay.images, registry);
  const problems = missing.map(
    ({ image, tag }) =>
      `image ${registry.repositoryOf(image.name)}:${tag}: expected it in the registry, got none; npm run images -- build ${image.name} --application ${tree.folder} --ref ${tree.commit}`,
  );
  const secrets = await secretProblem(target, overlay.objects);
  if (secrets !== undefined) problems.push(secrets);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    release,
    objects: overlay.objects,
    report: await reportOn(target, tree.folder, release, overlay.objects, unknown),
  };
}

/** The same for a release that the stack had before: its digests are in the registry still, or it is refused. */
export async function prepareEarlier(
  target: ReleaseStack,
  folder: string,
  release: Release,
  registry: ImageRegistry,
): Promise<PreparedRelease> {
  if (release.commit === undefined)
    return { release, objects: [], report: await reportOn(target, folder, release, [], []) };
  const overlay = await renderAt(folder, release.commit, target.settings.argocd.path, target.patches);
  const gone: string[] = [];
  for (const [name, digest] of Object.entries(release.images))
    if ((await registry.digest(name, digest)) === undefined)
      gone.push(
        `image ${registry.repositoryOf(name)}@${digest}: expected it in the registry, got none; push it again, or go back to another release`,
      );
  if (gone.length > 0) throw new Error(gone.join("\n"));
  return {
    release,
    objects: overlay.objects,
    report: await reportOn(target, folder, release, overlay.objects, []),
  };
}

async function secretProblem(
  target: ReleaseStack,
  objects: readonly Manifest[],
): Promise<string | undefined> {
  const cluster = await lookAtCluster(target.settings);
  if (cluster.value === undefined) throw new Error(`${cluster.detail}; ${cluster.remedy}`);
  const found = await lookAtSecrets(objects, target.settings, cluster.value, target.stack);
  return found.status === "fail" ? `${found.detail}; ${found.remedy}` : undefined;
}

async function reportOn(
  { current, settings, patches }: ReleaseStack,
  folder: string,
  release: Release,
  objects: readonly Manifest[],
  unknown: readonly string[],
): Promise<ReleaseReport> {
  const { commit: from } = current;
  const { commit: to } = release;
  const before =
    from === undefined
      ? undefined
      : await renderAt(folder, from, settings.argocd.path, patches).catch(() => undefined);
  return {
    plan: planRelease(current, release),
    commits: from === undefined || to === undefined ? [] : await commitsBetween(folder, from, to),
    migrations: to === undefined ? [] : await newMigrations(folder, from, to),
    services: before === undefined ? { comes: [], goes: [] } : servicesBetween(before.objects, objects),
    unknown,
  };
}
