import { patchesOf, takesOut, type Application, type ApplicationName } from "../../lib/argocd/application.ts";
import { writersOf } from "../../lib/argocd/ownPatch.ts";
import { parentOf } from "../../lib/argocd/parents.ts";
import type { Tracking } from "../../lib/argocd/tracking.ts";
import type { Problem } from "../../lib/text/problem.ts";
import type { DeclaredObject } from "../declaredObjects.ts";
import { bareServer, folder, repository } from "./addresses.ts";

/** The settings of the Application. */
export interface Wanted {
  /** Name of this stack. */
  readonly stack: string;
  /** Whether the stack has an Application at all (mesh-six:argocdEnabled). */
  readonly enabled: boolean;
  /** Stack whose patches are taken for this one's: it was renamed, or its state is lost; `unnamed` for old ones. */
  readonly takeFrom: string;
  readonly patchesBy: "program" | "parent";
  readonly application: ApplicationName;
  /** Namespace of the installation. */
  readonly namespace: string;
  readonly server: string;
  readonly repository: string;
  readonly path: string;
  readonly declared: readonly DeclaredObject[];
}

/** The Application as found, with its surroundings. */
export interface Seen {
  /** The Application that the settings name. */
  readonly found: Application | undefined;
  /** Every Application that can be read. */
  readonly all: readonly Application[];
  readonly tracking: Tracking;
  /** Whether the stack's state holds the one found; undefined where nobody can tell. */
  readonly held: boolean | undefined;
}

/** The command that makes the setting. */
export const setting = (key: string, value: string) => `pulumi config set mesh-six:${key} ${value}`;

/** The faults of an Application that does not fit. */
export interface Misfits {
  /** One for each thing. */
  readonly problems: readonly Problem[];
  /** Whether the Application's parent is to write the patches. */
  readonly parent: boolean;
}

export function misfits(seen: Seen, wanted: Wanted): Misfits {
  const { found, all } = seen;
  const others = all.filter((one) => titleOf(one) !== titleOf({ metadata: wanted.application }));
  const elsewhere = others.flatMap((other) => asInstallation(other, wanted));
  const byParent = wanted.patchesBy === "parent";
  if (found === undefined) {
    return { problems: [...elsewhere, ...(byParent ? [missing(wanted)] : [])], parent: byParent };
  }
  const above = byParent ? lackingPatches(found, wanted) : managed(found, seen);
  return {
    problems: [
      ...elsewhere,
      ...above,
      ...strangers(found, seen, wanted),
      ...place(found, wanted),
      ...source(found, wanted),
    ],
    parent: above.length > 0,
  };
}

/** Another Application that deploys this installation already, or another stack's into the same namespace. */
function asInstallation(other: Application, wanted: Wanted): Problem[] {
  const { stack, application, namespace, declared } = wanted;
  const writers = writersOf(patchesOf(other));
  // Its name was changed in the settings: it goes when the new one is there.
  if (writers.includes(stack)) return [];
  const subject = `Application ${titleOf(other)}`;
  const here = `expected ${titleOf({ metadata: application })} (mesh-six:argocdApplication) alone to deploy to namespace ${namespace}`;
  if (writers.length > 0 && targetsOf(other).includes(namespace)) {
    const whose = writers.find((one) => one !== "") ?? "of another time";
    return [
      {
        said: `${subject}: ${here}, got one with the patches of stack ${whose}`,
        remedy: `give this stack a namespace of its own: ${setting("namespace", "NAME")}`,
      },
    ];
  }
  const tracked = (other.status?.resources ?? []).filter(
    (one) =>
      one.namespace === namespace &&
      declared.some(({ kind, name }) => kind === one.kind && name === one.name),
  );
  const isSame = isSameSource(other, wanted) && targetsOf(other).includes(namespace);
  if (tracked.length === 0 && !isSame) return [];
  const [one] = tracked;
  const why = one === undefined ? "deploys the same overlay there" : `tracks ${one.kind} ${one.name}`;
  const { name = "", namespace: apart = "" } = other.metadata;
  const also = apart === application.namespace ? "" : ` && ${setting("argocdNamespace", apart)}`;
  return [
    {
      said: `${subject}: ${here}, got this one, which ${why}`,
      remedy: `name it: ${setting("argocdApplication", name)}${also}`,
    },
  ];
}

/** Patches of another stack's. */
function strangers(found: Application, { held }: Seen, wanted: Wanted): Problem[] {
  const { stack, takeFrom } = wanted;
  const known = [stack, ...(takeFrom === "" ? [] : [takeFrom === "unnamed" ? "" : takeFrom])];
  return writersOf(patchesOf(found)).flatMap((writer) => {
    // Patches from before they named their stack: a state that cannot be read must not stop its own stack.
    if (known.includes(writer) || held === true || (writer === "" && held !== false)) return [];
    const whose = writer === "" ? "a stack from before patches named theirs" : `stack ${writer}`;
    return [
      {
        said: `Application ${titleOf(found)}: expected no other stack's, got patches of ${whose}`,
        remedy: `give this stack one of its own: ${setting("argocdApplication", "NAME")} && ${setting("namespace", "NAME")}; if that stack became this one: ${setting("argocdTakeFrom", writer || "unnamed")}`,
      },
    ];
  });
}

/** The patches that the declaration of the Application's parent needs and does not have. */
function lackingPatches(found: Application, { declared }: Wanted): Problem[] {
  const lacking = declared.filter((object) => !takesOut(patchesOf(found), object));
  if (lacking.length === 0) return [];
  const names = lacking.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return [
    {
      said: `Application ${titleOf(found)}: expected its parent to have written the patches that take out what this program declares (mesh-six:argocdPatchesBy parent), got none for ${names}`,
      remedy: "write them there, as printed below",
    },
  ];
}

/** A parent that would take our patches out again. */
function managed(found: Application, { all, tracking }: Seen): Problem[] {
  const parent = parentOf(found, all, tracking);
  if (parent === undefined) return [];
  return [
    {
      said: `Application ${titleOf(found)}: expected one that nothing else writes, got one managed by ${parent.kind} ${parent.namespace}/${parent.name}, which takes patches out again`,
      remedy: `write the patches printed below there, then ${setting("argocdPatchesBy", "parent")}`,
    },
  ];
}

/** Compares the destination: moving it would prune the old place with all that people have there. */
function place(found: Application, { namespace, server }: Wanted): Problem[] {
  const subject = `Application ${titleOf(found)}`;
  const { destination, source: from } = found.spec;
  const problems: Problem[] = [];
  const places = [destination?.namespace, from?.kustomize?.namespace];
  const other = places.find((one) => one !== undefined && one !== "" && one !== namespace);
  if (other !== undefined) {
    problems.push({
      said: `${subject}: expected to deploy to namespace ${namespace} (mesh-six:namespace), got ${other}, which would be pruned with everything in it`,
      remedy: `to take over what is there: ${setting("namespace", other)}; to deploy beside it: ${setting("argocdApplication", "NAME")}`,
    });
  }
  if (destination?.server !== undefined && bareServer(destination.server) !== bareServer(server)) {
    problems.push({
      said: `${subject}: expected to deploy to ${server} (mesh-six:argocdServer), got ${destination.server}`,
      remedy: setting("argocdServer", destination.server),
    });
  }
  return problems;
}

/** Compares the source of an Application that this stack has not written yet: another overlay has other objects. */
function source(found: Application, wanted: Wanted): Problem[] {
  const subject = `Application ${titleOf(found)}`;
  const { source: from, sourceHydrator, sources = [] } = found.spec;
  if (sourceHydrator !== undefined) {
    return [
      {
        said: `${subject}: expected the one source in spec.source, got spec.sourceHydrator, whose source takes no patches`,
        remedy: `make it one source, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  if (sources.length > 0) {
    return [
      {
        said: `${subject}: expected the one source in spec.source, got several (spec.sources)`,
        remedy: `make it one source, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  if (from === undefined || writersOf(patchesOf(found)).length > 0) return [];
  const other = ["chart", "helm", "directory", "plugin"].find((field) => from[field] !== undefined);
  if (other !== undefined) {
    return [
      {
        said: `${subject}: expected a kustomize overlay, got a source with ${other}`,
        remedy: `take spec.source.${other} out, or name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  const renamed = (["namePrefix", "nameSuffix"] as const).find((field) => from.kustomize?.[field]);
  if (renamed !== undefined) {
    return [
      {
        said: `${subject}: expected the names of the overlay, got spec.source.kustomize.${renamed} ${String(from.kustomize?.[renamed])}: what it deploys has other names than what this program declares and takes out of it, and would be pruned`,
        remedy: `name another: ${setting("argocdApplication", "NAME")}`,
      },
    ];
  }
  const problems: Problem[] = [];
  if (from.repoURL !== undefined && repository(from.repoURL) !== repository(wanted.repository)) {
    problems.push({
      said: `${subject}: expected source ${wanted.repository} (mesh-six:argocdRepository), got ${from.repoURL}`,
      remedy: setting("argocdRepository", from.repoURL),
    });
  }
  if (from.path !== undefined && folder(from.path) !== folder(wanted.path)) {
    problems.push({
      said: `${subject}: expected path ${wanted.path} (mesh-six:argocdPath), got ${from.path}`,
      remedy: setting("argocdPath", from.path),
    });
  }
  return problems;
}

function missing({ application }: Wanted): Problem {
  return {
    said: `Application ${titleOf({ metadata: application })}: expected its parent to have made it (mesh-six:argocdPatchesBy parent), got none`,
    remedy: `make it there, or ${setting("argocdPatchesBy", "program")}`,
  };
}

function isSameSource({ spec: { source: from } }: Application, wanted: Wanted): boolean {
  return (
    repository(from?.repoURL ?? "") === repository(wanted.repository) &&
    folder(from?.path ?? "") === folder(wanted.path)
  );
}

/** The namespaces an Application deploys to, as far as it says. */
function targetsOf({ spec: { destination, source: from }, status }: Application): string[] {
  const said = [destination?.namespace, from?.kustomize?.namespace];
  const tracked = (status?.resources ?? []).map((one) => one.namespace);
  return [...said, ...tracked].filter((one): one is string => one !== undefined && one !== "");
}

function titleOf({ metadata: { namespace = "", name = "" } }: Pick<Application, "metadata">): string {
  return `${namespace}/${name}`;
}
