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
 * The fields of the stack's objects that others own, as the last refresh saw them. Only a refresh looks. So only
 * somebody who asks for one puts right what others added.
 */
export class ObjectOwners extends LateBoundResource {
  /** By `Kind/name`; objects of which nobody else owns anything are left out. */
  declare readonly seen: pulumi.Output<Seen>;

  constructor(name: string, args: ObjectOwnersArgs, options?: pulumi.CustomResourceOptions) {
    super("objectOwners", "ObjectOwners", name, { ...args, seen: {} }, ["kubeconfig"], options);
  }
}
