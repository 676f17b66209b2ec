import { name, structure } from "../declaration.ts";
import { imageBuilder, release } from "../release.ts";

/** Registry of the application's images, their build, and the running release. */
export const releaseSettings = {
  imageRepository: name("Prefix of the application's images", "registry.bto.bar/jaybrto/mesh-six"),
  imageBuilder: structure("How images are built in the cluster (docs/releases.md)", imageBuilder),
  release: structure("Commit and images by digest; npm run release writes it (docs/releases.md)", release),
};
