import type { Release } from "../../../settings/release.ts";
import type { Settings } from "../../../settings/settings.ts";
import { lookAtCluster } from "../../doctor/cluster/cluster.ts";
import type { Manifest } from "../../doctor/cluster/overlay.ts";
import { lookAtSecrets } from "../../doctor/cluster/secrets.ts";
import type { Stack } from "../../doctor/stack.ts";
import { commitsBetween, knows, newMigrations } from "./between.ts";
import { missingConfigMaps } from "./configMaps.ts";
import { renderAt, type RenderedOverlay } from "./overlay.ts";
import { planRelease } from "./plan.ts";
import { notCompared, oneLine, type ReleaseReport } from "./report.ts";
import { type ServiceChanges, servicesBetween } from "./services.ts";

/** The surroundings in which a release is looked at. */
export interface ReleaseTarget {
  readonly settings: Settings;
  readonly stack: Stack;
  /** The release that the stack is on. */
  readonly current: Release;
  /** Patches of the Application as the stack declared it last; none before its first `up`. */
  readonly patches: readonly object[];
}

/**
 * Everything that is known of a release before it is applied.
 *
 * @param folder - the application's repository
 * @param overlay - at the release's commit; undefined for a release that pins nothing
 */
export async function lookAtRelease(
  target: ReleaseTarget,
  folder: string,
  release: Release,
  overlay: RenderedOverlay | undefined,
): Promise<ReleaseReport> {
  const { current, settings, patches } = target;
  const { commit: from } = current;
  const { commit: to } = release;
  let unseen: string | undefined;
  let before: RenderedOverlay | undefined;
  if (from !== undefined && to !== undefined && !(await knows(folder, from)))
    unseen = `${notCompared}: expected commit ${from.slice(0, 12)}, which the stack runs, in ${folder}, got none; fetch it there (git fetch, in a shallow checkout git fetch --unshallow)`;
  else if (from !== undefined)
    try {
      before = await renderAt(folder, from, settings.argocd.path, patches);
    } catch (error) {
      unseen = `services were not compared: the release that the stack runs cannot be rendered: ${oneLine(error)}`;
    }
  return {
    plan: planRelease(current, release),
    commits: from === undefined || to === undefined ? [] : await commitsBetween(folder, from, to),
    migrations: to === undefined ? [] : await newMigrations(folder, from, to),
    services: servicesOf(before, overlay),
    unknown: overlay === undefined ? [] : unpinned(overlay, settings.imageRepository, release),
    missing: overlay === undefined ? [] : await missingFor(target, overlay.objects),
    ...(unseen === undefined ? {} : { unseen }),
  };
}

/** None where one of the two is not known. */
function servicesOf(before: RenderedOverlay | undefined, after: RenderedOverlay | undefined): ServiceChanges {
  if (before === undefined || after === undefined) return { comes: [], goes: [] };
  return servicesBetween(before.objects, after.objects);
}

/** Images of the overlay under our prefix that the release does not pin. */
function unpinned({ images }: RenderedOverlay, prefix: string, release: Release): string[] {
  return [...images]
    .filter((name) => name.startsWith(`${prefix}-`))
    .filter((name) => release.images[name.slice(prefix.length + 1)] === undefined)
    .sort();
}

async function missingFor(
  { settings, stack }: ReleaseTarget,
  objects: readonly Manifest[],
): Promise<string[]> {
  const cluster = await lookAtCluster(settings);
  if (cluster.value === undefined) throw new Error(`${cluster.detail}; ${cluster.remedy}`);
  const secrets = await lookAtSecrets(objects, settings, cluster.value, stack);
  const configMaps = await missingConfigMaps(objects, settings.namespace, cluster.value.access);
  return [...(secrets.status === "fail" ? [`${secrets.detail}; ${secrets.remedy}`] : []), ...configMaps];
}
