import type { Application } from "./application.ts";
import { applicationOf, instanceNames, trackedBy, type Tracking } from "./tracking.ts";

/** The object that writes an Application's declaration, and puts back changes of others in it. */
export interface Parent {
  readonly kind: "ApplicationSet" | "Application";
  readonly namespace: string;
  readonly name: string;
}

/**
 * The ApplicationSet or the app of apps that manages the Application.
 *
 * @param all - the cluster's Applications: a label of a chart's names none of them
 */
export function parentOf(
  application: Application,
  all: readonly Application[],
  tracking: Tracking,
): Parent | undefined {
  const { ownerReferences = [], namespace = "", name = "" } = application.metadata;
  const set = ownerReferences.find(({ kind }) => kind === "ApplicationSet");
  if (set !== undefined) return { kind: "ApplicationSet", namespace, name: set.name };
  const instance = trackedBy(application, tracking);
  if (instance === undefined || instanceNames({ namespace, name }, tracking).includes(instance))
    return undefined;
  const parent = applicationOf(instance, tracking);
  const found = all.find(
    ({ metadata }) =>
      metadata.name === parent.name && (parent.namespace === "" || metadata.namespace === parent.namespace),
  );
  return found && { kind: "Application", namespace: found.metadata.namespace ?? "", name: parent.name };
}
