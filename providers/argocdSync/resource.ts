import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationName } from "../../lib/argocd/application.ts";
import type { ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { LateBoundResource } from "../shell.ts";

export interface ApplicationSyncArgs {
  /** Path of a kubeconfig file, or its content; empty for the ambient one. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly context: pulumi.Input<string>;
  readonly application: pulumi.Input<ApplicationName>;
  /** `spec.source` of the Application; waiting begins again whenever it changes. */
  readonly source: pulumi.Input<object>;
  /** The objects that were taken out of the Application's source, and must not carry its marks. */
  readonly objects: pulumi.Input<readonly ObjectReference[]>;
  /** Wait until the Application is Synced and Healthy with today's source. */
  readonly wait: boolean;
  /** Longest wait, in minutes. */
  readonly waitMinutes: number;
}

/**
 * Waits until ArgoCD has done what its Application says: it compares with today's source, its marks are off the
 * objects that were taken out, and where asked it is Synced and Healthy.
 */
export class ApplicationSync extends LateBoundResource {
  constructor(name: string, args: ApplicationSyncArgs, options?: pulumi.CustomResourceOptions) {
    // Its hash alone: the Application's own resource has it in the state already, at some kilobytes.
    const source = pulumi
      .output(args.source)
      .apply((content) => createHash("sha256").update(JSON.stringify(content)).digest("hex"));
    super("argocdSync", "ApplicationSync", name, { ...args, source }, ["kubeconfig"], options);
  }
}
