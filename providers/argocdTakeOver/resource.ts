import type * as pulumi from "@pulumi/pulumi";
import type { ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { LateBoundResource } from "../shell.ts";
import type { ApplicationName } from "../../lib/argocd/application.ts";
import type { Foreign, Found } from "./found.ts";
import type { Restored, Seen } from "./provider.ts";

export interface TakeOverArgs {
  /** Path of a kubeconfig file, or its content; empty for the ambient one. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly context: pulumi.Input<string>;
  /** Whether what exists is taken over at all. */
  readonly adopt: boolean;
  /** The Application that may have the objects until now. */
  readonly application: ApplicationName | undefined;
  /** The stack's objects that others may have made. */
  readonly objects: pulumi.Input<readonly ObjectReference[]>;
  /** The objects that the Application's patches take out at the moment; empty for the provider to look. */
  readonly seen: Seen;
}

/**
 * Makes objects that exist ready to change hands: ArgoCD neither puts them back nor prunes them while Pulumi
 * takes them over. Everything that declares one of the objects has to depend on it.
 *
 * The Application is left without automated sync; declaring it gives that back, together with the patches
 * that take the objects out of its source.
 */
export class TakeOver extends LateBoundResource {
  /** Pod selectors of the Deployments found, by name; they cannot be changed. */
  declare readonly selectors: pulumi.Output<Record<string, Record<string, string>>>;
  /** Values that others wrote into the Application. */
  declare readonly foreign: pulumi.Output<Foreign>;
  /** Options for ArgoCD that others gave to objects; undefined where an old state knows of none. */
  declare readonly kept: pulumi.Output<Found["kept"] | undefined>;
  declare readonly restored: pulumi.Output<Restored | undefined>;

  constructor(name: string, { application, ...args }: TakeOverArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "argocdTakeOver",
      "TakeOver",
      name,
      {
        ...args,
        application: application ?? "",
        ...{ selectors: undefined, foreign: undefined, kept: undefined, restored: undefined },
      },
      ["kubeconfig"],
      options,
    );
  }
}
