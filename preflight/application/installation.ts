import { patchesOf, takenOut, takesOut, type Application, type Named } from "../../lib/argocd/application.ts";
import { writersOf } from "../../lib/argocd/ownPatch.ts";
import { readTracking } from "../../lib/argocd/readTracking.ts";
import { trackingId } from "../../lib/argocd/tracking.ts";
import { readObject } from "../../lib/kubernetes/apiServer.ts";
import { clusterOf, type ClusterObject } from "../../lib/kubernetes/cluster.ts";
import type { Access } from "../../lib/kubernetes/login.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { misfits, setting, type Wanted } from "./misfits.ts";
import { stackAnnotation } from "../../settings/objectMetadata.ts";
import { instructionsForParent } from "./parentInstructions.ts";

const applications = "/apis/argoproj.io/v1alpha1";

/** Findings about the Application that deploys the installation. */
export interface Installation {
  /** One for each thing that makes it another's, or none that can be taken over. */
  readonly problems: readonly Problem[];
  /** The objects that the live Application's patches take out of its source. */
  readonly seen: readonly Named[] | "absent";
  /** To be pasted into the declaration of the Application's parent, and what has to be done before; else empty. */
  readonly instructions: readonly string[];
  /** News that a person needs before going on; undefined where there is none. */
  readonly notice: string | undefined;
}

const quiet = { problems: [], instructions: [], notice: undefined };

/**
 * Looks at the installation's Application before the first write: whether it is the one the settings name, deploys
 * where they say, and is nobody else's; and at the Namespace. Two small requests where both are this stack's already.
 *
 * @param holds - whether the stack's state holds the Application with this UID; undefined where nobody can tell
 */
export async function lookAtInstallation(
  access: Access,
  wanted: Wanted,
  holds: (uid: string) => Promise<boolean | undefined>,
): Promise<Installation> {
  const { namespace, name } = wanted.application;
  const path = `${applications}/namespaces/${namespace}/applications/${name}`;
  const [found, others] = await Promise.all([
    readObject<Application>(access, path),
    namespaceOfOther(access, wanted, holds),
  ]);
  const seen = found === undefined ? "absent" : takenOut(patchesOf(found));
  if (!wanted.enabled)
    return { ...quiet, problems: others, seen, notice: found && leftBehind(found, wanted) };
  if (found !== undefined && isSettled(found, wanted)) return { ...quiet, problems: others, seen };
  const [all, tracking] = await Promise.all([
    allApplications(access, namespace),
    readTracking(clusterOf(access), namespace),
  ]);
  const uid = found?.metadata.uid;
  const doubtful = found !== undefined && writersOf(patchesOf(found)).some((one) => one !== wanted.stack);
  const held = doubtful && uid !== undefined ? await holds(uid) : undefined;
  const { problems, parent } = misfits({ found, all, tracking, held }, wanted);
  const instructions = parent ? instructionsForParent(wanted) : [];
  return { ...quiet, problems: [...others, ...problems], seen, instructions };
}

/**
 * The Namespace, where another stack has made it or taken it over: whatever lies in it is that stack's. The Application
 * alone does not tell, for a stack may have none.
 */
async function namespaceOfOther(
  access: Access,
  { stack, namespace, takeFrom }: Wanted,
  holds: (uid: string) => Promise<boolean | undefined>,
): Promise<Problem[]> {
  // Without the right to read it, the plugin's own error says the rest.
  const found = await readObject<ClusterObject>(access, `/api/v1/namespaces/${namespace}`).catch(
    () => undefined,
  );
  const { uid, annotations } = found?.metadata ?? {};
  const other = annotations?.[stackAnnotation];
  if (other === undefined || other === stack || other === takeFrom) return [];
  // The stack has another name since.
  if (uid !== undefined && (await holds(uid)) === true) return [];
  return [
    {
      said: `Namespace ${namespace}: expected no other stack's, got the one of stack ${other}`,
      remedy: `give this stack one of its own: ${setting("namespace", "NAME")}; if that stack became this one: ${setting("argocdTakeFrom", other)}`,
    },
  ];
}

/** ArgoCD's objects that stay when this stack's Application goes. */
function leftBehind(
  { metadata, spec: { source }, status }: Application,
  { stack }: Wanted,
): string | undefined {
  if (!writersOf(source?.kustomize?.patches ?? []).includes(stack)) return undefined;
  const counts = new Map<string, number>();
  for (const { kind } of status?.resources ?? []) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  return `Application ${metadata.namespace ?? ""}/${metadata.name ?? ""} goes (mesh-six:argocdEnabled is false) without what ArgoCD deployed by it; that stays, in nobody's care: ${kinds || "nothing it tells of"}`;
}

/** Whether this stack's patches are in it, and no more is to be asked. */
function isSettled(application: Application, wanted: Wanted): boolean {
  const patches = patchesOf(application);
  const writers = writersOf(patches);
  const { ownerReferences = [], annotations } = application.metadata;
  const { destination, source } = application.spec;
  const moved = source?.kustomize?.namespace ?? wanted.namespace;
  return (
    writers.length === 1 &&
    writers[0] === wanted.stack &&
    ownerReferences.length === 0 &&
    annotations?.[trackingId] === undefined &&
    destination?.namespace === wanted.namespace &&
    moved === wanted.namespace &&
    wanted.declared.every((object) => takesOut(patches, object))
  );
}

async function allApplications(access: Access, namespace: string): Promise<readonly Application[]> {
  const list = (path: string) => readObject<{ readonly items?: readonly Application[] }>(access, path);
  // A user without the right to list them in all namespaces can have it in ArgoCD's.
  const all = await list(`${applications}/applications`).catch(() =>
    list(`${applications}/namespaces/${namespace}/applications`).catch(() => undefined),
  );
  return all?.items ?? [];
}
