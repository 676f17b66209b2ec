import type * as pulumi from "@pulumi/pulumi";
import type { ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { LateBoundResource } from "../shell.ts";
import type { Seen } from "./provider.ts";

export interface ObjectOwnersArgs {
  /** Path of a kubeconfig file, or its content; empty for the ambient one. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly context: pulumi.Input<string>;
  /** The objects that are looked at. */
  readonly objects: pulumi.Input<readonly ObjectReference[]>;
}

/**
 * What others own of the stack's objects, as the last refresh saw it. Only a refresh looks, so that only who asks for
 * one puts right what others added.
 */
export class ObjectOwners extends LateBoundResource {
  /** By `Kind/name`; objects of which nobody else owns anything are left out. */
  declare readonly seen: pulumi.Output<Seen>;

  constructor(name: string, args: ObjectOwnersArgs, options?: pulumi.CustomResourceOptions) {
    super("objectOwners", "ObjectOwners", name, { ...args, seen: {} }, ["kubeconfig"], options);
  }
}
