import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import type { Image } from "../../../operations/images/catalogue.ts";
import { imagesOf } from "../../../operations/images/catalogue.ts";
import { type GitTree, git, readTree } from "../../../operations/images/gitTree.ts";
import { contextArguments } from "../../../operations/images/kaniko.ts";
import { lookUp, openRegistry } from "../../../operations/images/imageRegistry.ts";
import { Registry } from "../../../lib/registry/client.ts";
import { credentialsOf } from "../../../lib/registry/credentials.ts";
import { pushImage } from "../../../lib/registry/image.ts";
import { faultsLabel, revisionLabel } from "./labels.ts";
import { faultsOf } from "./sources.ts";

/** The registry that takes the sandbox's images. */
export interface PushPlace {
  /** Prefix of every image's name, as in `127.0.0.1:5000/mesh-six`. */
  readonly prefix: string;
  /** File with the login, as docker login writes it. */
  readonly login: string;
}

/**
 * Makes and pushes each image of a commit whose content the registry does not have: one layer, the build context. No
 * container is built, for nothing runs it.
 *
 * @returns names of those that were pushed
 */
export async function pushMissing(folder: string, commit: string, place: PushPlace): Promise<string[]> {
  const tree = await readTree(folder, commit);
  const images = openRegistry({ ...place, certificates: undefined });
  const states = await lookUp(imagesOf(tree), tree, images);
  const missing = states.filter(({ digest }) => digest === undefined);
  const slash = place.prefix.indexOf("/");
  const host = place.prefix.slice(0, slash);
  const registry = new Registry(host, { credentials: credentialsOf(host, place.login) });
  for (const { image, tag } of missing) {
    const repository = images.repositoryOf(image.name).slice(slash + 1);
    await pushImage(registry, repository, tag, await contentOf(image, tree));
  }
  return missing.map(({ image }) => image.name);
}

async function contentOf(image: Image, tree: GitTree) {
  const options = { encoding: "buffer" as const, maxBuffer: 64 * 1024 * 1024 };
  const { stdout: layer } = await promisify(execFile)("git", contextArguments(image, tree), options);
  const faults = tree.objectOf(faultsOf(image.name));
  const named =
    faults === undefined ? "" : await git(tree.folder, ["show", `${tree.commit}:${faultsOf(image.name)}`]);
  return {
    layer,
    contentDigest: `sha256:${createHash("sha256").update(gunzipSync(layer)).digest("hex")}`,
    labels: { [revisionLabel]: tree.commit, [faultsLabel]: named.trim() },
  };
}
