import { name, structure } from "../declaration.ts";
import { imageBuilder, release } from "../release.ts";

/** Where the application's images are, how they are built, and which of them run. */
export const releaseSettings = {
  imageRepository: name("Prefix of the application's images", "registry.bto.bar/jaybrto/mesh-six"),
  imageBuilder: structure("How images are built in the cluster (docs/releases.md)", imageBuilder),
  release: structure("Commit and images by digest; npm run release writes it (docs/releases.md)", release),
};
