import { patchesOf, takenOut, takesOut, type Application, type Named } from "../../lib/argocd/application.ts";
import { writersOf } from "../../lib/argocd/ownPatch.ts";
import { pausedOf } from "../../lib/argocd/paused.ts";
import { readTracking } from "../../lib/argocd/readTracking.ts";
import { trackingId } from "../../lib/argocd/tracking.ts";
import { readObject } from "../../lib/kubernetes/apiServer.ts";
import { clusterOf, type ClusterObject } from "../../lib/kubernetes/cluster.ts";
import type { Access } from "../../lib/kubernetes/login.ts";
import { ApiError, unlessForbidden } from "../../lib/kubernetes/request.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { unanswered } from "../cluster.ts";
import { misfits } from "./misfits.ts";
import { setting, titleOf, type Wanted } from "./seen.ts";
import { lostLogIn } from "./source.ts";
import { isElsewhere, leftOverOf, syncedFromNowOn } from "./tracked.ts";
import { retainedAnnotation, stackAnnotation } from "../../settings/objectMetadata.ts";
import { instructionsForParent } from "./parentInstructions.ts";

const applications = "/apis/argoproj.io/v1alpha1";

/** Findings about the Application that deploys the installation. */
export interface Installation {
  /** One for each thing that makes it another's, or none that can be taken over. */
  readonly problems: readonly Problem[];
  /** The objects that the live Application's patches take out of its source; empty where it cannot be read. */
  readonly seen: readonly Named[] | "absent" | "";
  /** To be pasted into the declaration of the Application's parent, and what has to be done before; else empty. */
  readonly instructions: readonly string[];
  /** Whether the Namespace says that it stays when the stack goes; undefined where it cannot be read. */
  readonly namespaceStays: boolean | undefined;
  /** News that a person needs before going on, and the things that could not be looked at. */
  readonly notices: readonly Problem[];
}

/**
 * Looks at the installation's Application before the first write: whether it is the one the settings name, deploys
 * where they say, and is nobody else's; and at the Namespace. Two small requests where both are this stack's already.
 *
 * @param holds - whether the stack's state holds the Application with this UID; undefined where nobody can tell
 * @throws ApiError or ProblemError where the cluster does not answer one of the questions, but for a want of rights
 */
export async function lookAtInstallation(
  access: Access,
  wanted: Wanted,
  holds: (uid: string) => Promise<boolean | undefined>,
): Promise<Installation> {
  const { namespace, name } = wanted.application;
  const path = `${applications}/namespaces/${namespace}/applications/${name}`;
  const [found, { notices, ...ofNamespace }] = await Promise.all([
    asked(`Application ${namespace}/${name}`, readObject<Application>(access, path)),
    lookAtNamespace(access, wanted, holds),
  ]);
  const quiet = { ...ofNamespace, notices, instructions: [] };
  if (found === "forbidden") {
    // Without an Application of its own the stack needs no right to read one.
    const unread = wanted.enabled ? [notLookedAt(`Application ${namespace}/${name}`)] : [];
    return { ...quiet, seen: "", notices: [...notices, ...unread] };
  }
  const seen = found === undefined ? "absent" : takenOut(patchesOf(found));
  if (!wanted.enabled)
    return { ...quiet, seen, notices: [...notices, ...(found ? leftBehind(found, wanted) : [])] };
  if (found !== undefined && isSettled(found, wanted)) return { ...quiet, seen };
  const cluster = clusterOf(access);
  const [all, tracking] = await Promise.all([
    allApplications(access, namespace),
    readTracking(cluster, namespace),
  ]);
  const uid = found?.metadata.uid;
  const doubtful = found !== undefined && writersOf(patchesOf(found)).some((one) => one !== wanted.stack);
  const held = doubtful && uid !== undefined ? await holds(uid) : undefined;
  const [elsewhere, leftOver] = await Promise.all([
    found !== undefined && isElsewhere(cluster, found, tracking),
    found === undefined ? [] : leftOverOf(cluster, found, wanted),
  ]);
  const { problems, parent } = misfits(
    { found, all: all === "forbidden" ? [] : all, tracking, held, elsewhere, leftOver },
    wanted,
  );
  return {
    ...quiet,
    seen,
    problems: [...quiet.problems, ...problems],
    instructions: parent ? instructionsForParent(wanted) : [],
    notices: [
      ...notices,
      ...(all === "forbidden" ? [notLookedAt("the other Applications")] : []),
      ...(found ? [...syncedFromNowOn(found, wanted), ...lostLogIn(found), ...pausedBefore(found)] : []),
    ],
  };
}

/**
 * The Namespace: whether it stays, and whether another stack has made it or taken it over. Whatever lies in it is that
 * stack's. The Application alone does not tell, for a stack may have none.
 */
async function lookAtNamespace(
  access: Access,
  { stack, namespace, takeFrom }: Wanted,
  holds: (uid: string) => Promise<boolean | undefined>,
): Promise<Pick<Installation, "problems" | "namespaceStays" | "notices">> {
  const what = `Namespace ${namespace}`;
  const read = await asked(what, readNamespace(access, namespace));
  if (read === "forbidden") return { problems: [], namespaceStays: undefined, notices: [notLookedAt(what)] };
  const { uid, annotations } = read?.metadata ?? {};
  const quiet = { problems: [], namespaceStays: isRetained(read), notices: [] };
  const other = annotations?.[stackAnnotation];
  if (other === undefined || other === stack || other === takeFrom) return quiet;
  // The stack has another name since.
  if (uid !== undefined && (await holds(uid)) === true) return quiet;
  const problem = {
    said: `${what}: expected no other stack's, got the one of stack ${other}`,
    remedy: `give this stack one of its own: ${setting("namespace", "NAME")}; if that stack became this one: ${setting("argocdTakeFrom", other)}`,
  };
  return { ...quiet, problems: [problem] };
}

/** Whether the Namespace says that it stays when the stack that declares it goes; undefined where it cannot be read. */
export async function stays(access: Access, namespace: string): Promise<boolean | undefined> {
  return readNamespace(access, namespace).then(isRetained, () => undefined);
}

function readNamespace(access: Access, namespace: string): Promise<ClusterObject | undefined> {
  return readObject<ClusterObject>(access, `/api/v1/namespaces/${namespace}`);
}

function isRetained(namespace: ClusterObject | undefined): boolean {
  return namespace?.metadata.annotations?.[retainedAnnotation] === "true";
}

/** News of a pause that a run which was cut off has left behind. */
function pausedBefore(found: Application): Problem[] {
  const automated = pausedOf(found);
  if (automated === undefined) return [];
  return [
    {
      said: `Application ${titleOf(found)}: automated sync is off since a run that was cut off; taking it over gives back what it was: ${JSON.stringify(automated)}`,
      remedy: "",
    },
  ];
}

/** ArgoCD's objects that stay when this stack's Application goes. */
function leftBehind({ metadata, spec: { source }, status }: Application, { stack }: Wanted): Problem[] {
  if (!writersOf(source?.kustomize?.patches ?? []).includes(stack)) return [];
  const counts = new Map<string, number>();
  for (const { kind } of status?.resources ?? []) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  return [
    {
      said: `Application ${metadata.namespace ?? ""}/${metadata.name ?? ""} goes (mesh-six:argocdEnabled is false) without what ArgoCD deployed by it; that stays, in nobody's care: ${kinds || "nothing it tells of"}`,
      remedy: "",
    },
  ];
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

async function allApplications(
  access: Access,
  namespace: string,
): Promise<readonly Application[] | "forbidden"> {
  const list = (path: string) =>
    asked("the other Applications", readObject<{ readonly items?: readonly Application[] }>(access, path));
  // A user without the right to list them in all namespaces can have it in ArgoCD's.
  const everywhere = await list(`${applications}/applications`);
  const all =
    everywhere === "forbidden"
      ? await list(`${applications}/namespaces/${namespace}/applications`)
      : everywhere;
  return all === "forbidden" ? all : (all?.items ?? []);
}

/** The answer, where the user may have it. @throws ProblemError */
async function asked<T>(what: string, answer: Promise<T>): Promise<T | "forbidden"> {
  try {
    return await unlessForbidden(answer, "forbidden" as const);
  } catch (error) {
    throw error instanceof ApiError ? unanswered(`${what}: expected an answer`, error) : error;
  }
}

function notLookedAt(what: string): Problem {
  return {
    said: `${what}: not looked at, since the kubeconfig's user may not read it`,
    remedy: "whether it is another stack's, or deploys elsewhere, nobody can tell; give the user the right",
  };
}
