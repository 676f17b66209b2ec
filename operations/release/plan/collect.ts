import { imagesOf } from "../../images/catalogue.ts";
import type { GitTree } from "../../images/gitTree.ts";
import { type ImageRegistry, type ImageState, lookUp } from "../../images/imageRegistry.ts";
import type { Release } from "../../../settings/release.ts";

/** A release as a commit and the registry give it. */
export interface Collected {
  readonly release: Release;
  /** Images of the overlay that the registry does not have at this commit's content. */
  readonly missing: readonly ImageState[];
}

/**
 * Looks up the digest of every image that the overlay runs.
 *
 * @param used - names of the overlay's images, without tag
 */
export async function collectRelease(
  tree: GitTree,
  used: ReadonlySet<string>,
  registry: ImageRegistry,
): Promise<Collected> {
  const images = imagesOf(tree);
  // The program's own Deployment runs the dashboard, whether the overlay still has it or not.
  const wanted = images.filter(({ name }) => name === "dashboard" || used.has(registry.repositoryOf(name)));
  const states = await lookUp(wanted, tree, registry);
  const pinned = states.flatMap(({ image, digest }) =>
    digest === undefined ? [] : [[image.name, digest] as const],
  );
  return {
    release: { commit: tree.commit, images: Object.fromEntries(pinned) },
    missing: states.filter(({ digest }) => digest === undefined),
  };
}
