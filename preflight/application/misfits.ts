import { patchesOf, takesOut, type Application } from "../../lib/argocd/application.ts";
import { writersOf } from "../../lib/argocd/ownPatch.ts";
import { parentOf } from "../../lib/argocd/parents.ts";
import { listed } from "../../lib/text/listed.ts";
import type { Problem } from "../../lib/text/problem.ts";
import { place } from "./place.ts";
import { type Seen, setting, titleOf, type Wanted } from "./seen.ts";
import { isSameSource, source } from "./source.ts";

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
      ...place(found, seen, wanted),
      ...source(found, wanted),
      ...prunedFromNowOn(found, seen, wanted),
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

/** Objects that people keep by an Application that does not prune, and that it would delete from now on. */
function prunedFromNowOn(found: Application, { leftOver }: Seen, { prune, patchesBy }: Wanted): Problem[] {
  if (!prune || patchesBy === "parent" || leftOver.length === 0) return [];
  const all = leftOver.map(({ kind, name }) => `${kind} ${name}`);
  return [
    {
      said: `Application ${titleOf(found)}: expected nothing there that its source does not hold, got ${listed(all)}, which it has not pruned so far and would prune from now on (mesh-six:argocdPrune)`,
      remedy: `to keep them: ${setting("argocdPrune", "false")}, or annotate each with argocd.argoproj.io/sync-options=Prune=false; to let them go: delete them`,
    },
  ];
}

function missing({ application }: Wanted): Problem {
  return {
    said: `Application ${titleOf({ metadata: application })}: expected its parent to have made it (mesh-six:argocdPatchesBy parent), got none`,
    remedy: `make it there, or ${setting("argocdPatchesBy", "program")}`,
  };
}

/** The namespaces an Application deploys to, as far as it says. */
function targetsOf({ spec: { destination, source: from }, status }: Application): string[] {
  const said = [destination?.namespace, from?.kustomize?.namespace];
  const tracked = (status?.resources ?? []).map((one) => one.namespace);
  return [...said, ...tracked].filter((one): one is string => one !== undefined && one !== "");
}
