import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../../../lib/kubernetes/cluster.ts";
import {
  asStored,
  chosen,
  managersOf,
  pathsOf,
  restricted,
  union,
  without,
  type FieldSet,
  type ManagedFields,
} from "../../../lib/kubernetes/fieldSet.ts";
import { ApiError } from "../../../lib/kubernetes/request.ts";
import { changesBetween, outcomeOf } from "./changes.ts";
import { foreignContainers } from "./containers.ts";
import type { AnyObject, Declaration } from "../objectDeclaration.ts";
import { addressOf, type FieldChange, type PlannedObject, type Refusal } from "../document.ts";
import { otherHolders } from "./holders.ts";
import { cut, laidOver } from "./merge.ts";
import {
  isDeclaredByPulumi,
  isKeptWhole,
  isPartlyArgoCds,
  isWrittenByArgoCd,
  keepingFields,
  yieldingFields,
  yields,
} from "./owners.ts";
import { isNamed } from "../names.ts";
import { rank } from "./rank.ts";
import { twinOf } from "./twin.ts";

/** People's choices for the take-over of objects. */
export interface Choices {
  /** Fields that stay although the program does not declare them: `Deployment/dashboard spec.template.spec.containers[proxy]`. */
  readonly keep: readonly string[];
  /** Guarded fields that go: `IngressRoute/dashboard spec.routes`. */
  readonly lose: readonly string[];
  /** The object without the marks of ArgoCD and kubectl, which the take-over removes before. */
  readonly released: (object: AnyObject) => AnyObject;
}

/** The planned outcome for an object, and how it is made ready. */
export interface Plan {
  readonly planned: PlannedObject;
  /** The object as it has to be before the plugin's server-side apply; undefined where that can merge it itself. */
  readonly replacement: AnyObject | undefined;
  /** The API server refuses the declaration beside what is there. */
  readonly clashes: boolean;
  /** A stack has declared it before, and ArgoCD has written over it since. */
  readonly isOwn?: true;
}

/** Owner of fields in dry runs; nothing is ever kept under it. */
const asking = { fieldManager: "mesh-six-plan", dryRun: true, force: true } as const;

/**
 * Plans what becomes of an object that exists, by dry runs of the API server: it tells which fields a declaration owns,
 * what it accepts, and which defaults it adds. Writes nothing.
 *
 * @param live - undefined where it does not exist
 * @throws ApiError where the API server cannot be asked
 */
export async function planObject(
  cluster: Cluster,
  live: AnyObject | undefined,
  { object, later }: Declaration,
  choices: Choices,
): Promise<Plan | undefined> {
  const { apiVersion, kind } = object;
  const { name = "", namespace = "" } = object.metadata;
  const base = { apiVersion, kind, namespace, name, changes: [], kept: [], refusals: [], later };
  if (live === undefined) {
    const refusals = await twinOf(cluster, object, choices.lose);
    return { planned: { ...base, outcome: "made", refusals }, replacement: undefined, clashes: false };
  }
  const managers = managersOf(live);
  // An object that a stack has declared before loses at most ArgoCD's fields, which were never meant to be in it.
  const isOwn = isDeclaredByPulumi(managers);
  if (isOwn && (isKeptWhole(kind) || !isPartlyArgoCds(managers))) return undefined;
  const isYielding = isOwn ? isWrittenByArgoCd : yields;
  const held = otherHolders(live);
  try {
    const plan = await compared(cluster, { live, object, later, managers, choices, isYielding });
    const refusals = isOwn ? [] : [...held, ...plan.planned.refusals];
    return { ...plan, ...(isOwn ? { isOwn } : {}), planned: { ...plan.planned, refusals } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const reason = error.message;
    // With a value that is not known yet, a refusal says nothing.
    const refused = later.length === 0 && error.status === 422 ? [unacceptable(object, reason)] : [];
    return {
      planned: { ...base, outcome: "unknown", reason, refusals: isOwn ? refused : [...held, ...refused] },
      replacement: undefined,
      clashes: false,
    };
  }
}

interface Case {
  readonly live: AnyObject;
  readonly object: AnyObject;
  readonly later: readonly string[];
  readonly managers: readonly ManagedFields[];
  readonly choices: Choices;
  /** Whether the fields of this manager are given up. */
  readonly isYielding: (entry: ManagedFields) => boolean;
}

async function compared(cluster: Cluster, given: Case): Promise<Plan> {
  const { live, object, later, managers, choices, isYielding } = given;
  const { apiVersion, kind } = object;
  const { name = "", namespace = "" } = object.metadata;
  const address = addressOf({ kind, name });
  const { declared, applied } = await declaredFields(cluster, object);
  const yielding = yieldingFields(kind, managers, isYielding);
  const wished = chosen(yielding, (path) => isNamed(choices.keep, address, path));
  const keeping = union(keepingFields(managers, isYielding), wished);

  const released = choices.released(live);
  const left = cut(released, { declared, yielding, keeping }) as AnyObject;
  const isCut = applied === undefined || !isDeepStrictEqual(left, released);
  const replacement: AnyObject = {
    ...(laidOver(left, object, declared) as AnyObject),
    metadata: {
      ...(laidOver(left.metadata, object.metadata, declared["f:metadata"] ?? {}) as AnyObject["metadata"]),
      managedFields: isKeptWhole(kind) ? managers : restrictedManagers(managers, wished, isYielding),
    } as AnyObject["metadata"],
  };
  const result =
    isCut || applied === undefined
      ? await cluster.replace(replacement, { ...asking })
      : choices.released(applied);

  const everything = union(declared, ...[...managers, ...managersOf(result)].map(({ fieldsV1 }) => fieldsV1));
  const changes = changesBetween({ live, result, later }, everything);
  const refusals = [
    ...guards(kind, address, changes, choices.lose),
    ...foreignContainers(live, object, address, changes, choices.lose),
  ];
  const kept = pathsOf(without(isKeptWhole(kind) ? contentOf(managers) : (wished ?? {}), declared));
  const planned: PlannedObject = {
    ...{ apiVersion, kind, namespace, name, changes, kept, refusals, later },
    ...outcomeOf(changes),
  };
  return { planned, replacement: isCut ? replacement : undefined, clashes: applied === undefined };
}

/**
 * The fields that the declaration owns, by the server's own knowledge of the kind; and the result of a server-side
 * apply, where the server accepts it beside the live object.
 */
async function declaredFields(
  cluster: Cluster,
  object: AnyObject,
): Promise<{ declared: FieldSet; applied: AnyObject | undefined }> {
  const own = (applied: AnyObject) =>
    managersOf(applied).find(({ manager }) => manager === asking.fieldManager)?.fieldsV1 ?? {};
  try {
    const applied = await cluster.apply(object, asking);
    return { declared: own(applied), applied };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    // Under a name that nothing has, there is nothing to clash with.
    const metadata = { ...object.metadata, name: `mesh-six-plan-${process.pid.toString(36)}` };
    const fresh = await cluster.apply({ ...object, metadata }, asking);
    return { declared: own(fresh), applied: undefined };
  }
}

/** The managers without those that yield, but for what of theirs is kept. */
function restrictedManagers(
  managers: readonly ManagedFields[],
  kept: FieldSet | undefined,
  isYielding: (entry: ManagedFields) => boolean,
): ManagedFields[] {
  return managers.flatMap((entry): ManagedFields[] => {
    if (!isYielding(entry)) return [entry];
    const fieldsV1 = restricted(entry.fieldsV1 ?? {}, kept);
    return fieldsV1 === undefined ? [] : [{ ...entry, fieldsV1 }];
  });
}

/** A field that guards access goes only by a setting. */
function guards(
  kind: string,
  address: string,
  changes: readonly FieldChange[],
  lose: readonly string[],
): Refusal[] {
  return changes.flatMap(({ path, kind: what, from }) => {
    const { keep } = rank(kind, { path, kind: what });
    if (what !== "lost" || keep === undefined || isNamed(lose, address, path)) return [];
    return [
      {
        path,
        expected: "it to be declared, since it guards access",
        got: from === undefined ? "a declaration without it" : `${from} there and nothing declared`,
        remedy: `to keep it: ${keep(address.replace(/^.*\//, ""))}; to let it go: pulumi config set --path 'mesh-six:adoptLose[${lose.length}]' '${address} ${path}'`,
      },
    ];
  });
}

function unacceptable(object: AnyObject, reason: string): Refusal {
  const { kind } = object;
  return {
    path: "",
    expected: `a ${kind} that can become what is declared`,
    got: reason,
    remedy: "change it by hand, or delete it and let pulumi up make it",
  };
}

/** Fields that others have put into the object itself, besides its metadata. */
function contentOf(managers: readonly ManagedFields[]): FieldSet {
  const all = union(...managers.filter(yields).map(({ fieldsV1 }) => fieldsV1));
  return Object.fromEntries(
    Object.entries(asStored(all)).filter(([step]) => step !== "f:metadata" && step !== "f:status"),
  );
}
