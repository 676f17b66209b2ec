import { credentialsOf } from "../../lib/registry/credentials.ts";
import { Registry } from "../../lib/registry/client.ts";
import type { Image } from "./catalogue.ts";
import { contentTag } from "./contentTag.ts";
import type { GitTree } from "./gitTree.ts";

/** The application's images in a registry. */
export interface ImageRegistry {
  /** As in `registry.bto.bar/jaybrto/mesh-six-simple-agent`. */
  readonly repositoryOf: (image: string) => string;
  /** Digest of the image with that tag; undefined where the registry has none. */
  readonly digest: (image: string, tag: string) => Promise<string | undefined>;
}

export interface RegistryOptions {
  /** Prefix of every image's name, as in `registry.bto.bar/jaybrto/mesh-six`; the image's name follows after a dash. */
  readonly prefix: string;
  /** File of Docker's with the login. @default Docker's own */
  readonly login: string | undefined;
  /** File with further certificates. */
  readonly certificates: string | undefined;
}

/** @throws Error when the prefix names no registry or the login cannot be read */
export function openRegistry({ prefix, login, certificates }: RegistryOptions): ImageRegistry {
  const slash = prefix.indexOf("/");
  const host = prefix.slice(0, slash);
  if (slash < 0 || !/[.:]|^localhost$/.test(host))
    throw new Error(
      `imageRepository: expected HOST/PATH, as in registry.bto.bar/jaybrto/mesh-six, got ${prefix}`,
    );
  const registry = new Registry(host, { credentials: credentialsOf(host, login), certificates });
  return {
    repositoryOf: (image) => `${prefix}-${image}`,
    digest: (image, tag) => registry.digest(`${prefix.slice(slash + 1)}-${image}`, tag),
  };
}

/** An image at one commit: its tag, and its digest where the registry has it already. */
export interface ImageState {
  readonly image: Image;
  readonly tag: string;
  readonly digest: string | undefined;
}

/** Looks for each image's content in the registry, eight at a time. */
export async function lookUp(
  images: readonly Image[],
  tree: GitTree,
  registry: Pick<ImageRegistry, "digest">,
): Promise<ImageState[]> {
  const states = images.map((image) => ({ image, tag: contentTag(image, tree) }));
  const found: ImageState[] = [];
  for (let at = 0; at < states.length; at += 8) {
    const some = states.slice(at, at + 8);
    found.push(
      ...(await Promise.all(
        some.map(async (state) => ({ ...state, digest: await registry.digest(state.image.name, state.tag) })),
      )),
    );
  }
  return found;
}
