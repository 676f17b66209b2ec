import * as pulumi from "@pulumi/pulumi";
import { type Cluster, referenceOf } from "../../lib/kubernetes/cluster.ts";
import {
  chosen,
  leavesOf,
  managersOf,
  splitBy,
  union,
  valueAt,
  type FieldSet,
} from "../../lib/kubernetes/fieldSet.ts";
import { othersFields } from "../../lib/kubernetes/othersFields.ts";
import { takenBackCount } from "../../lib/kubernetes/takenBack.ts";
import { throughConflicts } from "../../lib/kubernetes/conflicts.ts";
import { ApiError } from "../../lib/kubernetes/request.ts";
import { programHook } from "../../lib/pulumi/hooks.ts";
import { isReportWanted, writeReport } from "../../lib/pulumi/report.ts";
import { differences } from "../adoption/plan/compare.ts";
import { type AnyObject, completed, resolved, shapeOf } from "../adoption/objectDeclaration.ts";
import { addressOf, type FieldChange, type Refusal, titleOf } from "../adoption/document.ts";
import { changeLine, refusalLine } from "../adoption/planText.ts";
import { isNamed } from "../adoption/names.ts";
import { kindOf, rank, shown } from "../adoption/plan/rank.ts";
import { declaredShapeKind, takenBackKind, type DeclaredShape, type TakenBack } from "./document.ts";
import { isWhollyDeclared } from "./judge.ts";
import { keptApart } from "./managers.ts";

export interface AdditionsReviewArgs {
  readonly cluster: () => Promise<Cluster>;
  /** Fields of others that stay: `IngressRoute/dashboard spec.tls.options`. */
  readonly keep: readonly string[];
  /** Fields of others that guard access and may go, in the same form: what a take-over may lose is not kept later. */
  readonly lose: readonly string[];
}

/** Owner of fields in dry runs; nothing is ever kept under it. */
const asking = { fieldManager: "mesh-six-plan", dryRun: true, force: true } as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Looks, before an object is updated, at what others have added to it: says what the update takes away of it, refuses
 * to drop what guards access where nobody asked for that, and sees to it that the rest stays.
 *
 * @example
 * const review = new AdditionsReview({ cluster, keep: [], lose: [] });
 * pulumi.runtime.registerStackTransformation(review.transformation);
 */
export class AdditionsReview {
  /** For all resources of the stack. */
  readonly transformation: pulumi.ResourceTransformation;
  readonly #args: AdditionsReviewArgs;
  readonly #isPreview = pulumi.runtime.isDryRun();
  #hook: pulumi.ResourceHook | undefined;
  #cluster: Promise<Cluster> | undefined;

  constructor(args: AdditionsReviewArgs) {
    this.#args = args;
    this.transformation = (declaration) => this.#note(declaration);
  }

  #note({
    type,
    props,
    opts,
  }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult | undefined {
    if (!type.startsWith("kubernetes:") || typeof (props as Fields)["kind"] !== "string") return undefined;
    this.#hook ??= programHook("what others added", ({ newInputs }) => this.#beforeUpdate(newInputs), {
      onDryRun: true,
    });
    // A declaration that is only partly known by now fails elsewhere.
    if (this.#isPreview && isReportWanted()) void this.#tellShape(props as Fields).catch(() => undefined);
    return {
      props,
      opts: pulumi.mergeOptions(opts, { hooks: { beforeUpdate: [this.#hook] } }),
    };
  }

  async #tellShape(props: Fields): Promise<void> {
    const inputs = await resolved(props);
    const { object } = completed(inputs, undefined);
    const document: DeclaredShape = { ...referenceOf(object), shape: shapeOf(inputs), keep: this.#args.keep };
    writeReport(declaredShapeKind, `${document.apiVersion} ${titleOf(document)}`, document);
  }

  async #beforeUpdate(newInputs: unknown): Promise<void> {
    try {
      const inputs = await resolved(newInputs);
      await throughConflicts(3, (isFirst) => this.#prepare(inputs, isFirst));
    } catch (error) {
      // A preview may be out of the cluster's reach. The run itself looks again.
      if (this.#isPreview && error instanceof ApiError) return;
      throw error;
    }
  }

  async #prepare(inputs: unknown, isFirst: boolean): Promise<void> {
    const cluster = await (this.#cluster ??= this.#args.cluster());
    const reference = referenceOf(completed(inputs, undefined).object);
    const live = await cluster.get<AnyObject>(reference);
    if (live === undefined) return;
    const others = union(...othersFields(live).map(({ fields }) => fields));
    if (leavesOf(others).length === 0) return;
    const declared = completed(inputs, live).object;
    const isAsked =
      takenBackCount(declared.metadata.annotations) !== takenBackCount(live.metadata.annotations);
    const takenBack = isAsked ? this.#undeclared(live, declared, others) : undefined;
    const changes = [...(await lostByApply(cluster, live, declared, others)), ...lostOf(live, takenBack)];
    if (isFirst && changes.length > 0) await this.#say({ ...reference, changes }, isAsked);
    const managedFields = keptApart(managersOf(live), declared, takenBack);
    if (this.#isPreview || managedFields === undefined) return;
    const { resourceVersion } = live.metadata;
    await cluster.merge(reference, { metadata: { managedFields, resourceVersion } });
  }

  /** Fields in kinds that are wholly declared, besides those that a setting keeps. */
  #undeclared(live: AnyObject, declared: AnyObject, others: FieldSet): FieldSet | undefined {
    if (!isWhollyDeclared(live.kind)) return undefined;
    const { rest = {} } = splitBy(others, declared);
    const address = addressOf({ kind: live.kind, name: live.metadata.name ?? "" });
    const isGone = (path: string) => !path.startsWith("metadata") && !isNamed(this.#args.keep, address, path);
    const leaves = new Set(leavesOf(rest).flatMap(({ path }) => (isGone(path) ? [path] : [])));
    return chosen(rest, (path) => leaves.has(path));
  }

  async #say(object: Omit<TakenBack, "refusals">, isAsked: boolean): Promise<void> {
    const taken: TakenBack = { ...object, refusals: isAsked ? [] : refusalsOf(object, this.#args.lose) };
    const { changes, refusals } = taken;
    if (this.#isPreview) writeReport(takenBackKind, `${taken.apiVersion} ${titleOf(taken)}`, taken);
    if (refusals.length > 0) {
      // The command that asked for reports tells all refusals at once.
      if (this.#isPreview && isReportWanted()) return;
      throw new Error(refusals.map((refusal) => `${titleOf(taken)} ${refusalLine(refusal)}`).join("\n"));
    }
    const lines = changes.map((change) => `  ${changeLine(change)}`);
    await pulumi.log.info([`${titleOf(taken)} loses what others added:`, ...lines].join("\n"));
  }
}

function refusalsOf(
  { kind, name, changes }: Omit<TakenBack, "refusals">,
  lose: readonly string[],
): Refusal[] {
  const address = addressOf({ kind, name });
  return changes.flatMap(({ path, from }) => {
    const { keep } = rank(kind, { path, kind: "lost" });
    if (keep === undefined || isNamed(lose, address, path)) return [];
    return [
      {
        path,
        expected: "it to be declared, since it guards access and this update drops it",
        got: from === undefined ? "a declaration without it" : `${from} there and nothing declared`,
        remedy: `to keep it: ${keep(name)}; to let it go: pulumi up --refresh`,
      },
    ];
  });
}

/**
 * Fields that others added and applying the declaration removes: items of lists that have one owner, which others
 * changed.
 */
async function lostByApply(
  cluster: Cluster,
  live: AnyObject,
  declared: AnyObject,
  others: FieldSet,
): Promise<FieldChange[]> {
  const theirs = leavesOf(splitBy(others, declared).declared).filter(
    ({ steps }) => steps[0] !== "f:metadata",
  );
  if (theirs.length === 0) return [];
  const applied = await cluster.apply(declared, asking).catch((error: unknown) => {
    // A refusal meets the plugin too, which gives the reason.
    if (error instanceof ApiError && !error.isPassing) return undefined;
    throw error;
  });
  if (applied === undefined) return [];
  const set = union(...[...managersOf(live), ...managersOf(applied)].map(({ fieldsV1 }) => fieldsV1));
  return differences(live, applied, set)
    .filter((difference) => kindOf(difference) === "lost")
    .filter(({ path }) => theirs.some((leaf) => path.startsWith(leaf.path)))
    .map(({ path, from }) => lost(live.kind, path, from));
}

function lostOf(live: AnyObject, fields: FieldSet | undefined): FieldChange[] {
  return leavesOf(fields).map(({ path, steps }) => lost(live.kind, path, valueAt(live, steps)));
}

function lost(kind: string, path: string, value: unknown): FieldChange {
  const from = shown(kind, path, value);
  const { risk } = rank(kind, { path, kind: "lost" });
  return { path, kind: "lost", ...(from === undefined ? {} : { from }), risk };
}
