import type { Cluster, ClusterObject, ObjectReference } from "../lib/kubernetes/cluster.ts";
import { unlessForbidden } from "../lib/kubernetes/request.ts";

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** Whether an owner is the ExternalSecret that writes what it owns. */
export function isExternalSecret({
  apiVersion,
  kind,
  controller,
}: Pick<Owner, "apiVersion" | "kind" | "controller">): boolean {
  return controller === true && kind === "ExternalSecret" && apiVersion.startsWith("external-secrets.io/");
}

export interface OwnedSecret extends ClusterObject {
  readonly type?: string;
  readonly metadata: ClusterObject["metadata"] & { readonly ownerReferences?: readonly Owner[] };
}

interface ExternalSecret extends ClusterObject {
  readonly spec?: {
    readonly target?: { readonly name?: string; readonly creationPolicy?: string };
  };
}

/** The ExternalSecret by which External Secrets writes a Secret. */
export interface Writer {
  readonly reference: ObjectReference;
  readonly uid: string;
  /** Undefined where it is gone already, and the garbage collector is about to follow. */
  readonly object: ClusterObject | undefined;
}

/** The ExternalSecret that owns the Secret; undefined for none. */
export function ownerOf({ metadata }: OwnedSecret): Owner | undefined {
  return metadata.ownerReferences?.find(isExternalSecret);
}

/**
 * The ExternalSecret that owns the Secret, else one that writes it and never owns it: its `creationPolicy` is Orphan or
 * Merge. One of the policy Owner that does not own the Secret does not run.
 *
 * @param declared - name of the ExternalSecret that the program declares for it, which is no other; undefined for none
 */
export async function writerOf(
  cluster: Cluster,
  secret: ObjectReference,
  live: OwnedSecret,
  declared: string | undefined,
): Promise<Writer | undefined> {
  const { namespace } = secret;
  const owner = ownerOf(live);
  if (owner !== undefined) {
    const { apiVersion, name, uid } = owner;
    const reference = { apiVersion, kind: "ExternalSecret", namespace, name };
    const object = await cluster.get(reference);
    return { reference, uid, object: object?.metadata.uid === uid ? object : undefined };
  }
  const kind = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", namespace };
  // A user who must not list them learns of the owner alone.
  const all = (await unlessForbidden(cluster.list<ExternalSecret>(kind))) ?? [];
  const object = all.find(({ metadata, spec }) => {
    const { name = metadata.name, creationPolicy } = spec?.target ?? {};
    return (
      name === secret.name && ["Orphan", "Merge"].includes(creationPolicy ?? "") && metadata.name !== declared
    );
  });
  if (object === undefined) return undefined;
  const { name = "", uid = "" } = object.metadata;
  return { reference: { ...kind, name }, uid, object };
}
