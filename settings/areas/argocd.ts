import { choice, flag, integer, name, text } from "../declaration.ts";
import { labelName, objectName, repositoryAddress, url } from "../formats.ts";

/** The ArgoCD Application. */
export const argocdSettings = {
  argocdEnabled: flag("Declare the ArgoCD Application", true),
  argocdNamespace: name("Namespace of ArgoCD", "argocd", { schema: labelName }),
  argocdApplication: name("Name of the Application", "mesh-six", { schema: objectName }),
  argocdProject: name("ArgoCD project of the Application", "default"),
  argocdRepository: name("Repository of the application's manifests", "https://github.com/jaybrto/mesh-six", {
    schema: repositoryAddress,
  }),
  argocdRevision: name("Branch, tag or commit ArgoCD follows", "main"),
  argocdPath: name("Path of the kustomize overlay in that repository", "k8s/overlays/prod"),
  argocdServer: name("API server ArgoCD deploys to", "https://kubernetes.default.svc", {
    schema: url("https"),
  }),
  argocdPrune: flag("ArgoCD deletes what its source no longer holds", true),
  argocdSelfHeal: flag("ArgoCD puts right what was changed in the cluster", true),
  argocdPatchesBy: choice(
    "Writer of the patches in the Application: this program, or the ApplicationSet or app of apps that declares it",
    ["program", "parent"],
    "program",
  ),
  argocdTakeFrom: text(
    "Stack whose patches are taken for this one's, after a renaming or the loss of a state; unnamed where they name none",
    "",
    { example: "prod" },
  ),
  argocdWait: flag("Wait until the Application is Synced and Healthy", false),
  argocdWaitMinutes: integer("Longest wait for that, in minutes", 15, { min: 1, max: 240 }),
};
