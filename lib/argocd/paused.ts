import type { Cluster } from "../kubernetes/cluster.ts";
import { type Application, type ApplicationName, applicationReference } from "./application.ts";

/** Holds `automated` of an Application that is paused, in JSON. Constant for life: live Applications hold it. */
const pausedKey = "mesh-six/automated";

type Automated = Readonly<Record<string, unknown>>;

/** The automated sync that people set, also while the Application is paused; undefined for none. */
export function automatedOf(application: Application): Automated | undefined {
  return application.spec.syncPolicy?.automated ?? pausedOf(application);
}

/** The automated sync that a run took off and has not given back; undefined for none. */
export function pausedOf({ metadata, spec }: Application): Automated | undefined {
  const kept = metadata.annotations?.[pausedKey];
  if (kept === undefined || spec.syncPolicy?.automated !== undefined) return undefined;
  try {
    const automated: unknown = JSON.parse(kept);
    return typeof automated === "object" && automated !== null ? (automated as Automated) : undefined;
  } catch {
    // Somebody has written something else into it.
    return undefined;
  }
}

/** The annotation that keeps it, for the very write that takes automated sync off: no kill comes in between. */
export function keeping(automated: Automated): Readonly<Record<string, string>> {
  return { [pausedKey]: JSON.stringify(automated) };
}

/** Takes the annotation off again, when the declaration has given automated sync back. */
export async function forgetPause(
  cluster: Pick<Cluster, "get" | "merge">,
  name: ApplicationName,
): Promise<void> {
  const reference = applicationReference(name);
  const application = await cluster.get<Application>(reference);
  if (application?.metadata.annotations?.[pausedKey] !== undefined)
    await cluster.merge(reference, { metadata: { annotations: { [pausedKey]: null } } });
}

/** The Application without the annotation. */
export function withoutPause<T extends Pick<Application, "metadata">>(application: T): T {
  const { annotations, ...metadata } = application.metadata;
  if (annotations?.[pausedKey] === undefined) return application;
  const rest = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== pausedKey));
  return { ...application, metadata: { ...metadata, annotations: rest } };
}
