import * as pulumi from "@pulumi/pulumi";
import type { ObjectPatch } from "../../lib/argocd/application.ts";
import type { Cluster, ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { managersOf, union } from "../../lib/kubernetes/fieldSet.ts";
import { ApiError } from "../../lib/kubernetes/request.ts";
import { programHook } from "../../lib/pulumi/hooks.ts";
import { isReportWanted } from "../../lib/pulumi/report.ts";
import { changesBetween, outcomeOf } from "./plan/changes.ts";
import { type AnyObject, completed, resolved } from "./objectDeclaration.ts";
import { type PlannedObject, type Refusal, titleOf } from "./document.ts";
import { lineOf, linesOf, refusalLine } from "./planText.ts";
import { recordPlanned } from "./reportPlanned.ts";

export interface PatchedArgs {
  /** False where nothing is taken over: then ArgoCD has deployed nothing yet. */
  readonly adopt: boolean;
  readonly cluster: () => Promise<Cluster>;
  /** Namespace that ArgoCD deploys to. */
  readonly namespace: string;
  readonly patches: readonly ObjectPatch[];
}

/**
 * Says, when the Application is about to be taken over, what its new patches change in the objects that ArgoCD keeps.
 *
 * @returns for the options of what declares the Application
 */
export function sayWhatPatchesChange(args: PatchedArgs): pulumi.ResourceTransformation {
  let hook: pulumi.ResourceHook | undefined;
  return ({ props, opts }) => {
    const { kind } = props as { readonly kind?: unknown };
    if (!args.adopt || kind !== "Application" || args.patches.length === 0) return undefined;
    hook ??= programHook("changes by patches", () => say(args), { onDryRun: true });
    return { props, opts: pulumi.mergeOptions(opts, { hooks: { beforeCreate: [hook] } }) };
  };
}

async function say({ cluster, namespace, patches }: PatchedArgs): Promise<void> {
  const connected = await cluster();
  for (const patch of patches) {
    const planned = await planPatched(connected, namespace, await resolved(patch));
    if (planned === undefined) continue;
    if (pulumi.runtime.isDryRun()) recordPlanned(planned);
    const refused = planned.refusals.map((refusal) => `${titleOf(planned)} ${refusalLine(refusal)}`);
    if (refused.length > 0 && !isReportWanted()) throw new Error(refused.join("\n"));
    await pulumi.log.info([lineOf(planned), ...linesOf(planned)].join("\n"));
  }
}

/**
 * The changes that a patch makes to the object as it is, by a dry run of the API server, which merges as kustomize
 * does.
 *
 * @param patch - an {@link ObjectPatch}, resolved
 * @returns undefined where there is no such object, or nothing changes in it
 * @throws ApiError where the API server cannot be asked
 */
export async function planPatched(
  cluster: Cluster,
  namespace: string,
  patch: unknown,
): Promise<PlannedObject | undefined> {
  const { apiVersion, kind, metadata } = completed(patch, undefined).object;
  const { name = "" } = metadata;
  const reference = { apiVersion, kind, namespace, name };
  const live = await cluster.get<AnyObject>(reference);
  if (live === undefined) return undefined;
  const { object, later } = completed(patch, live);
  const base = { ...reference, kept: [], refusals: [], later, patched: true } as const;
  try {
    const result = await cluster.strategicallyMerged<AnyObject>(reference, object);
    const managers = [...managersOf(live), ...managersOf(result)];
    const everything = union(...managers.map(({ fieldsV1 }) => fieldsV1));
    const changes = changesBetween({ live, result, later }, everything);
    return changes.length === 0 ? undefined : { ...base, changes, ...outcomeOf(changes) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refusals = error.status === 422 ? [unfit(reference, error.message)] : [];
    return { ...base, refusals, changes: [], outcome: "unknown", reason: error.message };
  }
}

/** ArgoCD could not sync an object that the API server does not take: a patch merges containers by their names. */
function unfit({ kind, name }: ObjectReference, reason: string): Refusal {
  return {
    path: "",
    expected: `a ${kind} that takes this program's patches`,
    got: reason,
    remedy: `make its overlay fit: a container called ${name}, whose variables of the patch have plain values there`,
  };
}
