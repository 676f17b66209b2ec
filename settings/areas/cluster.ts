import { flag, list, name, structure, text } from "../declaration.ts";
import { labelName } from "../formats.ts";
import { commonAnnotations, commonLabels } from "../objectMetadata.ts";

/** The cluster and every object in it. */
export const clusterSettings = {
  kubeconfig: text(
    "Path of the kubeconfig file, or its content (then as a secret); empty for KUBECONFIG, ~/.kube/config or the pod's own account",
    "",
  ),
  kubeContext: text("Context in the kubeconfig; empty for its current one", ""),
  namespace: name("Namespace of everything mesh-six runs in the cluster", "mesh-six", { schema: labelName }),
  adopt: flag("Take over objects of the cluster that already exist, instead of refusing them", false),
  adoptKeep: list(
    "Fields that stay although the program does not declare them: KIND/NAME PATH, as a preview prints them",
    [],
  ),
  adoptLose: list(
    "Fields that guard access and may be lost when their object is taken over or taken back: KIND/NAME PATH, as a preview prints them",
    [],
  ),
  commonLabels: structure(
    "Labels of every object the program declares and of its Pods, besides the program's own (docs/settings.md)",
    commonLabels,
  ),
  commonAnnotations: structure(
    "Annotations of every object the program declares and of its Pods, besides the program's own (docs/settings.md)",
    commonAnnotations,
  ),
  preflight: flag(
    "Look at cluster and database before the first write; false where they are out of reach, as for previews on pull requests",
    true,
  ),
};
