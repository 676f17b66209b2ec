import * as pulumi from "@pulumi/pulumi";
import type { ApplicationName } from "../../lib/argocd/application.ts";
import { readTracking } from "../../lib/argocd/readTracking.ts";
import type { Tracking } from "../../lib/argocd/tracking.ts";
import { type Cluster, referenceOf } from "../../lib/kubernetes/cluster.ts";
import { throughConflicts } from "../../lib/kubernetes/conflicts.ts";
import { programHook } from "../../lib/pulumi/hooks.ts";
import { isReportWanted } from "../../lib/pulumi/report.ts";
import { ApiError, isOfCluster } from "../../lib/kubernetes/request.ts";
import { type AnyObject, completed, resolved, resolvedAtOnce } from "./objectDeclaration.ts";
import { titleOf, type PlannedObject } from "./document.ts";
import { handToApply } from "./handOver.ts";
import { lineOf, linesOf, refusalLine } from "./planText.ts";
import { isKeptWhole } from "./plan/owners.ts";
import { type Choices, type Plan, planObject } from "./plan/plan.ts";
import { recordPlanned } from "./reportPlanned.ts";
import { asTakenOver } from "./takenOver.ts";

export interface ReviewArgs {
  /** False where nothing is taken over: then nothing is looked at. */
  readonly adopt: boolean;
  readonly cluster: () => Promise<Cluster>;
  /** Namespace of objects whose own is known only when the Namespace is made. */
  readonly namespace: string;
  /** The Application whose marks come off at the take-over; undefined where the stack declares none. */
  readonly application: ApplicationName | undefined;
  readonly choices: Omit<Choices, "released">;
}

type Arguments = pulumi.ResourceTransformationArgs;
type Fields = Readonly<Record<string, unknown>>;

/** Findings of the first look, before anything is made. */
interface Look {
  /** Declarations that the API server refuses beside what is there. */
  readonly clashing: readonly string[];
  readonly refused: readonly string[];
}

/** Whether it is an object of the cluster. */
function isObject(type: string, props: unknown): boolean {
  return type.startsWith("kubernetes:") && typeof (props as { readonly kind?: unknown }).kind === "string";
}

/** Components, which only group resources, and providers. */
const groups = /^(pulumi|mesh-six):/;

/** Owner of the fields of a replacement, which the plugin's first apply takes over from its own plain create. */
const creator = "pulumi-kubernetes";

/**
 * Looks at every object of the cluster that the stack is about to declare and that exists already: before the first write
 * for what must not be dropped, and before each creation for all that differs then.
 *
 * @example
 * const review = new AdoptionReview({ adopt: true, cluster, namespace: "mesh-six", application, choices });
 * pulumi.runtime.registerStackTransformation(review.transformation);
 */
export class AdoptionReview {
  /** For all resources of the stack: none is made or changed before all declarations have been looked at. */
  readonly transformation: pulumi.ResourceTransformation;
  readonly #args: ReviewArgs;
  readonly #declared = new Map<string, Fields>();
  #first: Promise<Look> | undefined;
  #guard: pulumi.ResourceHook | undefined;
  #takeBack: pulumi.ResourceHook | undefined;
  #isTold = false;
  #isComplete = false;
  readonly #isPreview = pulumi.runtime.isDryRun();
  #cluster: Promise<Cluster> | undefined;
  #tracking: Promise<Tracking> | undefined;

  constructor(args: ReviewArgs) {
    this.#args = args;
    this.transformation = args.adopt
      ? (declaration) => this.#note(declaration)
      : (declaration) => this.#noteUpdate(declaration);
  }

  /** Looks at every declared object, once. @returns the declarations that clash with what is there, and all refusals */
  async #look(): Promise<Look> {
    // The program declares everything in one go: by then it has.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#isComplete = true;
    const plans = await Promise.all(
      [...this.#declared].map(async ([key, props]) => {
        const inputs = await resolvedAtOnce(this.#named(props));
        return { key, plan: await this.#plan(inputs).catch((error: unknown) => this.#unplanned(error)) };
      }),
    );
    const refused = plans.flatMap(({ plan }) => {
      if (plan instanceof ApiError) return [plan.message];
      return plan === undefined ? [] : refusalsOf(plan.planned);
    });
    return {
      clashing: plans
        .filter(({ plan }) => !(plan instanceof ApiError) && plan?.clashes)
        .map(({ key }) => key),
      refused: [...new Set(refused)],
    };
  }

  /** A preview may be out of the cluster's reach. A run changes nothing that it could not look at. */
  #unplanned(error: unknown): ApiError | undefined {
    if (this.#isPreview && isOfCluster(error)) return undefined;
    if (error instanceof ApiError) return error;
    throw error;
  }

  /** Keeps every resource from being made or changed while anything is refused. */
  async #refuse(): Promise<void> {
    const { refused } = await this.#looked();
    if (refused.length === 0 || isReportWanted()) return;
    const told = this.#isTold;
    this.#isTold = true;
    throw new Error(told ? "not done: the adoption of the cluster's objects is refused" : refused.join("\n"));
  }

  #looked(): Promise<Look> {
    return (this.#first ??= this.#look());
  }

  /** A stack that takes nothing over takes objects back at most. */
  #noteUpdate({ type, props, opts }: Arguments): pulumi.ResourceTransformationResult | undefined {
    if (!isObject(type, props)) return undefined;
    return { props, opts: pulumi.mergeOptions(opts, { hooks: this.#hooksOfUpdate() }) };
  }

  /**
   * ArgoCD may have put fields into an object while the stack's patches were lost. They are beside the declaration,
   * and an apply would leave them there.
   */
  #hooksOfUpdate(): pulumi.ResourceHookBinding {
    this.#takeBack ??= programHook("taking back", async ({ newInputs }) =>
      this.#prepare((await resolved(newInputs)) as AnyObject, "update"),
    );
    return { beforeUpdate: [this.#takeBack] };
  }

  #note({ type, name, props, opts }: Arguments): pulumi.ResourceTransformationResult | undefined {
    if (groups.test(type)) return undefined;
    // The guard says why it failed.
    this.#looked().catch(() => undefined);
    this.#guard ??= new pulumi.ResourceHook("adoption", () => this.#refuse(), { onDryRun: true });
    const guarded = pulumi.mergeOptions(opts, {
      hooks: { beforeCreate: [this.#guard], beforeUpdate: [this.#guard] },
    });
    const declared = props as Fields;
    if (!isObject(type, props)) return { props: declared, opts: guarded };
    const key = `${type}::${name}`;
    if (this.#isComplete)
      throw new Error(`${key}: expected to be declared before the first look at the cluster`);
    this.#declared.set(key, declared);
    const hook = programHook(
      `adoption of ${key}`,
      async (args) => this.#prepare(await this.#inputs(key, args), "create"),
      { onDryRun: true },
    );
    return {
      props: isKeptWhole((props as { readonly kind: string }).kind)
        ? declared
        : this.#unforeseen(key, declared),
      opts: pulumi.mergeOptions(guarded, { hooks: { ...this.#hooksOfUpdate(), beforeCreate: [hook] } }),
    };
  }

  /**
   * The plugin's own dry run would be refused where the object is not cut yet, and with it the preview: a value that it
   * does not know keeps it from asking.
   */
  #unforeseen(key: string, props: Fields): Fields {
    if (!this.#isPreview) return props;
    const metadata = props["metadata"] as Readonly<Record<string, unknown>>;
    const labels = pulumi
      .output(this.#looked())
      .apply(({ clashing }) => (clashing.includes(key) ? (pulumi.unknown as unknown) : metadata["labels"]));
    return { ...props, metadata: { ...metadata, labels } };
  }

  /** The inputs of a creation, with the labels that a preview has been kept from knowing. */
  async #inputs(key: string, { newInputs }: pulumi.ResourceHookArgs): Promise<AnyObject> {
    const original = this.#declared.get(key)?.["metadata"] as { readonly labels?: unknown } | undefined;
    const inputs = (await resolved(newInputs)) as AnyObject;
    const labels = (await resolved(original?.labels)) as Readonly<Record<string, string>> | undefined;
    return labels === undefined ? inputs : { ...inputs, metadata: { ...inputs.metadata, labels } };
  }

  async #prepare(inputs: AnyObject, operation: "create" | "update"): Promise<void> {
    await throughConflicts(3, async (isFirst) => {
      const plan = await this.#plan(inputs);
      if (plan === undefined || (operation === "update" && !plan.isOwn)) return;
      const { planned, replacement } = plan;
      if (isFirst) await this.#say(planned);
      if (this.#isPreview || replacement === undefined) return;
      const cluster = await this.#connected();
      await cluster.replace(replacement, { fieldManager: creator });
      if (operation === "update") await handToApply(cluster, referenceOf(replacement));
    });
  }

  async #say(planned: PlannedObject): Promise<void> {
    const refused = refusalsOf(planned);
    if (this.#isPreview) recordPlanned(planned);
    if (refused.length > 0 && !isReportWanted()) throw new Error(refused.join("\n"));
    if (planned.outcome !== "made") await pulumi.log.info([lineOf(planned), ...linesOf(planned)].join("\n"));
  }

  async #plan(inputs: unknown): Promise<Plan | undefined> {
    const cluster = await this.#connected();
    const declared = completed(inputs, undefined).object;
    const live = await cluster.get<AnyObject>(referenceOf(declared));
    const { namespace, application, choices } = this.#args;
    const tracking = await (this.#tracking ??= readTracking(cluster, application?.namespace ?? "argocd"));
    return planObject(cluster, live, completed(inputs, live), {
      ...choices,
      released: (object) => asTakenOver(object, { namespace, application, tracking }),
    });
  }

  /** The props with the namespace, which is an output of the Namespace. */
  #named(props: Fields): Fields {
    const metadata = props["metadata"] as Readonly<Record<string, unknown>>;
    if (!pulumi.Output.isInstance(metadata["namespace"])) return props;
    return { ...props, metadata: { ...metadata, namespace: this.#args.namespace } };
  }

  #connected(): Promise<Cluster> {
    return (this.#cluster ??= this.#args.cluster());
  }
}

function refusalsOf(planned: PlannedObject): string[] {
  return planned.refusals.map((refusal) => `${titleOf(planned)} ${refusalLine(refusal)}`);
}
