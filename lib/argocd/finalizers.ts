import type { Cluster, ClusterObject } from "../kubernetes/cluster.ts";
import { applicationReference, type Application, type ApplicationName } from "./application.ts";

/**
 * Finalizers by which ArgoCD deletes an Application's objects along with it, or runs hooks that may: every one of
 * its own (`resources-finalizer…` with its variants, `post-delete-finalizer…`, `pre-delete-finalizer…`).
 */
export function cascading(finalizers: readonly string[] = []): string[] {
  return finalizers.filter((name) => /(^|\.)argocd\.argoproj\.io(\/|$)/.test(name));
}

/** The Application without them; others' stay. */
export function withoutCascade<T extends ClusterObject>(application: T): T {
  const { finalizers, ...metadata } = application.metadata;
  const theirs = cascading(finalizers);
  if (finalizers === undefined || theirs.length === 0) return application;
  const rest = finalizers.filter((one) => !theirs.includes(one));
  return { ...application, metadata: { ...metadata, ...(rest.length === 0 ? {} : { finalizers: rest }) } };
}

/**
 * Takes ArgoCD's finalizers off the Application, so that deleting it deletes nothing else. Others' stay.
 *
 * @returns the Application as it was; undefined where there is none
 */
export async function stopCascade(cluster: Cluster, name: ApplicationName): Promise<Application | undefined> {
  const reference = applicationReference(name);
  const application = await cluster.get<Application>(reference);
  const finalizers = application?.metadata.finalizers ?? [];
  const theirs = cascading(finalizers);
  if (theirs.length > 0) {
    const rest = finalizers.filter((one) => !theirs.includes(one));
    await cluster.merge(reference, { metadata: { finalizers: rest.length === 0 ? null : rest } });
  }
  return application;
}
