import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { ApplicationSync } from "../providers/argocdSync/resource.ts";
import type { InlinePatch } from "../lib/argocd/application.ts";
import { leftAlone } from "../lib/argocd/leaveAlone.ts";
import { deletion, signed } from "../lib/argocd/ownPatch.ts";
import type { Declared } from "./cluster/adoption.ts";

export interface ArgoCdArgs {
  /** The cluster, as the Kubernetes provider gets it. */
  readonly cluster: { readonly kubeconfig?: pulumi.Input<string>; readonly context?: pulumi.Input<string> };
  /** Namespace of ArgoCD, which exists. */
  readonly namespace: string;
  /** Name of the Application. */
  readonly application: string;
  /** Name of this stack, which every patch bears. */
  readonly stack: string;
  /** ArgoCD's project. */
  readonly project: pulumi.Input<string>;
  /** URL of the repository of manifests. */
  readonly repository: pulumi.Input<string>;
  /** Branch, tag or commit. */
  readonly revision: pulumi.Input<string>;
  /**
   * Images that replace those of the source, as kustomize takes them: `NAME@sha256:…`.
   *
   * @default none: the source's own tags count
   */
  readonly images?: readonly string[];
  /** Path of the kustomize overlay in the repository. */
  readonly path: pulumi.Input<string>;
  /** API server that ArgoCD deploys to, as ArgoCD reaches it. */
  readonly server: pulumi.Input<string>;
  /** Namespace that ArgoCD deploys to. */
  readonly destination: pulumi.Input<string>;
  /**
   * Moves all of the source into the destination, the Namespace too.
   *
   * @default false: the source's objects are in the destination already
   */
  readonly moved?: boolean;
  /** Delete what the source no longer holds. */
  readonly prune: boolean;
  /** Put back what was changed in the cluster. */
  readonly selfHeal: boolean;
  /** Everything this program declares: it is taken out of the source, so that each object has one owner. */
  readonly declared: Declared;
  /** Further patches of what stays ArgoCD's, after the deletions. */
  readonly patches?: pulumi.Input<pulumi.Input<InlinePatch>[]>;
  /** Wait until the Application is Synced and Healthy, with today's source. */
  readonly wait: boolean;
  /** Longest wait, in minutes. */
  readonly waitMinutes: number;
}

/**
 * The ArgoCD Application that deploys the rest of mesh-six: its source is the application's overlay without
 * the objects that this program declares.
 *
 * @example
 * new ArgoCd("argocd", {
 *   cluster: {},
 *   namespace: "argocd",
 *   application: "mesh-six",
 *   stack: pulumi.getStack(),
 *   project: "default",
 *   repository: "https://github.com/jaybrto/mesh-six",
 *   revision: "main",
 *   path: "k8s/overlays/prod",
 *   server: "https://kubernetes.default.svc",
 *   destination: "mesh-six",
 *   prune: true,
 *   selfHeal: true,
 *   declared: adoption.complete(),
 *   wait: true,
 *   waitMinutes: 15,
 * }, { provider });
 */
export class ArgoCd extends pulumi.ComponentResource {
  /** Name of the Application. */
  readonly application: pulumi.Output<string>;

  constructor(name: string, args: ArgoCdArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:ArgoCd", name, {}, opts);
    const { declared } = args;
    const { foreign } = declared;
    const deletions = declared.objects.apply((objects) => [...objects.map(deletion), namespaceStays]);
    const source = {
      repoURL: args.repository,
      targetRevision: args.revision,
      path: args.path,
      kustomize: {
        // Overrides the namespace that an object of the source names; the destination does not.
        ...(args.moved === true ? { namespace: args.destination } : {}),
        ...(args.images === undefined || args.images.length === 0 ? {} : { images: args.images }),
        patches: pulumi
          .all([deletions, args.patches ?? [], foreign])
          .apply(([taken, further, { patches }]) => [
            // Of an object that is taken out before it, kustomize says that nothing matches, and renders nothing.
            ...patches.filter(({ target }) => target === undefined),
            ...[...taken, ...further].map((own) => signed(own, args.stack)),
            ...patches.filter(({ target }) => target !== undefined),
          ]),
      },
    };

    const application = new CustomResource(
      "application",
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: {
          name: args.application,
          namespace: args.namespace,
          annotations: declared.applicationAnnotations,
        },
        spec: {
          project: args.project,
          source,
          destination: pulumi.all([args.server, args.destination, foreign]).apply(
            // ArgoCD refuses a destination with both.
            ([server, namespace, { cluster }]) =>
              cluster === undefined ? { server, namespace } : { name: cluster, namespace },
          ),
          syncPolicy: {
            automated: foreign.apply(({ automated }) => ({
              ...automated,
              prune: args.prune,
              selfHeal: args.selfHeal,
            })),
            syncOptions: foreign.apply(({ syncOptions }) => [
              ...new Set(["CreateNamespace=true", ...syncOptions]),
            ]),
          },
        },
      },
      // Before ArgoCD starts Pods, there is what they need; and objects are Pulumi's before they leave the source.
      { parent: this, dependsOn: [...declared.resources] },
    );

    new ApplicationSync(
      "application-sync",
      {
        kubeconfig: args.cluster.kubeconfig ?? "",
        context: args.cluster.context ?? "",
        application: application.metadata.name.apply((own) => ({ namespace: args.namespace, name: own })),
        source,
        objects: declared.objects,
        wait: args.wait,
        waitMinutes: args.waitMinutes,
      },
      { parent: this, dependsOn: [application] },
    );

    this.application = application.metadata.name;
    this.registerOutputs({ application: this.application });
  }
}

/**
 * The overlay's Namespace says the same of itself as the one this program declares: neither puts the other's text
 * back, and no change of the source prunes it with everything that people have in it.
 */
const namespaceStays: InlinePatch = {
  target: { kind: "Namespace" },
  patch: stringify({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "any", annotations: leftAlone() },
  }),
};
