import { join } from "node:path";
import { build, findBuilt, type BuiltBinary, type Part } from "./part.ts";
import { versions } from "../versions.ts";

const binary: BuiltBinary = {
  name: "kubernetes-plugin",
  title: "official Kubernetes plugin",
  target: {
    directory: join(import.meta.dirname, "..", "modules", "kubernetes-plugin"),
    package: ".",
    define: {
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": versions.kubernetesPlugin,
    },
  },
  file: "pulumi-resource-kubernetes",
  links: [],
  memory: 5e9,
  expected: "about 6 min on 2 cores, with 5 GB of memory",
};

/** The official Kubernetes plugin, built from its Go module: the folder that holds the program. */
export const kubernetesPlugin: Part<string> = {
  find: findKubernetesPlugin,
  obtain: (context) => build(binary, context),
};

/** The folder of the plugin where it has been built on this machine; nothing is built for this answer. */
export function findKubernetesPlugin(): Promise<string | undefined> {
  return findBuilt(binary);
}
