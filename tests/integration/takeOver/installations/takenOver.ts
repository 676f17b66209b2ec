import { isDeepStrictEqual } from "node:util";
import * as sync from "../../../../providers/argocdSync/provider.ts";
import * as takeOver from "../../../../providers/argocdTakeOver/provider.ts";
import { readTracking } from "../../../../lib/argocd/readTracking.ts";
import { connect, describe, referenceOf, type Cluster } from "../../../../lib/kubernetes/cluster.ts";
import { clusterAccess } from "../../../../lib/kubernetes/login.ts";
import { lineOf } from "../../../../lib/text/problem.ts";
import type { AnyObject } from "../../../../preflight/adoption/objectDeclaration.ts";
import type { PlannedObject } from "../../../../preflight/adoption/document.ts";
import { refusalLine } from "../../../../preflight/adoption/planText.ts";
import { planObject, type Choices, type Plan } from "../../../../preflight/adoption/plan/plan.ts";
import { asTakenOver } from "../../../../preflight/adoption/takenOver.ts";
import { lookAtInstallation } from "../../../../preflight/application/installation.ts";
import { wantedApplication } from "../../../../preflight/application/wanted.ts";
import type { Settings } from "../../../../settings/settings.ts";
import { eventually, type TestCluster } from "../../../support/cluster/cluster.ts";
import { declaredObjectsOf, settingsBy, type StackValues } from "../../../support/engine/program.ts";

type Outputs = NonNullable<Awaited<ReturnType<typeof takeOver.create>>["outs"]>;

const manager = { fieldManager: "pulumi-kubernetes-test", force: true };

/** The program does not go on: nothing has been written. */
export class Refused extends Error {}

/** The things that the stack has made or taken over. */
interface State {
  readonly takeOver: Outputs | undefined;
  readonly objects: ReadonlyMap<string, AnyObject>;
  readonly uids: readonly (string | undefined)[];
}

const nothing: State = { takeOver: undefined, objects: new Map(), uids: [] };

/**
 * One stack of the whole program on one namespace, without the engine: the program's own declarations, looks and
 * providers in the engine's order. It applies objects as the engine's plugin would apply them.
 */
export class TakenOver {
  readonly #access: { readonly kubeconfig: string; readonly context: "" };
  readonly #values: StackValues;
  readonly #stack: string;
  #state = nothing;

  constructor(cluster: TestCluster, namespace: string, values: StackValues = {}, stack = "test") {
    this.#stack = stack;
    this.#access = { kubeconfig: cluster.kubeconfig, context: "" };
    // As the installations' Applications have it (support/cluster/applications.ts).
    const repository = process.env["MESH_SIX_REPOSITORY"];
    this.#values = {
      ...{ namespace, argocdApplication: namespace, adopt: "true" },
      ...(repository === undefined ? {} : { argocdRepository: repository }),
      ...values,
    };
  }

  /**
   * As `pulumi up`. @returns what the plan says of each object that the stack does not have yet
   * @throws Refused before the first write
   */
  async up(changes: StackValues = {}): Promise<readonly PlannedObject[]> {
    const values = { ...this.#values, ...changes };
    const settings = settingsBy(values);
    const wanted = wantedApplication(settings, this.#stack);
    const access = await clusterAccess(this.#access.kubeconfig, "");
    const isHeld = (uid: string) => Promise.resolve(this.#state.uids.includes(uid));
    const { problems, seen, instructions } = await lookAtInstallation(access, wanted, isHeld);
    if (problems.length > 0) throw new Refused([...problems.map(lineOf), ...instructions].join("\n"));

    const isOurs = wanted.enabled && wanted.patchesBy === "program";
    const inputs = {
      ...this.#access,
      adopt: settings.adopt,
      application: isOurs ? wanted.application : ("" as const),
      objects: wanted.declared.map((object) => ({ ...object, namespace: settings.namespace })),
    };
    const olds = this.#state.takeOver;
    const { inputs: checked } = await takeOver.check(olds ?? {}, { ...inputs, seen });
    if (checked === undefined) throw new Error("expected inputs");
    const { selectors, foreign, kept, restored } = checked;
    const declared = await declaredObjectsOf(
      { ...values, preflight: "false" },
      { selectors, foreign, kept, restored },
      this.#stack,
    );

    const plans = await Promise.all(
      declared
        .filter((object) => !this.#state.objects.has(keyOf(object)))
        .map((object) => this.#plan(object, settings)),
    );
    const refused = plans.flatMap((plan) => plan?.planned.refusals ?? []);
    if (refused.length > 0) throw new Refused(refused.map(refusalLine).join("\n"));
    await this.#change(checked, declared, settings);
    return plans.flatMap((plan) => (plan === undefined ? [] : [plan.planned]));
  }

  /** As `pulumi destroy`: the Namespace stays, since it was taken over. */
  async destroy(): Promise<void> {
    await this.#remove([...this.#state.objects.values()].filter(({ kind }) => kind !== "Namespace"));
    this.#state = nothing;
  }

  async #change(
    checked: Parameters<typeof takeOver.create>[0],
    declared: readonly AnyObject[],
    settings: Settings,
  ): Promise<void> {
    const isApplication = ({ kind }: AnyObject) => kind === "Application";
    for (const object of declared.filter(({ kind }) => kind === "Namespace"))
      await this.#put(object, settings);
    await this.#takeOver(checked);
    for (const object of declared) if (!isApplication(object)) await this.#put(object, settings);
    for (const object of declared.filter(isApplication)) {
      await this.#put(object, settings);
      await sync.create(this.#sync(settings, checked.objects));
    }
    const keys = new Set(declared.map(keyOf));
    await this.#remove([...this.#state.objects.values()].filter((object) => !keys.has(keyOf(object))));
  }

  async #takeOver(checked: Parameters<typeof takeOver.create>[0]): Promise<void> {
    const olds = this.#state.takeOver;
    if (olds !== undefined && (await takeOver.diff("", olds, checked)).changes !== true) return;
    const { outs } =
      olds === undefined ? await takeOver.create(checked) : await takeOver.update("", olds, checked);
    if (outs === undefined) throw new Error("expected outputs");
    this.#state = { ...this.#state, takeOver: outs };
  }

  /**
   * Makes an object that is not in the state, or makes it ready and takes it; applies one in the state where it
   * differs.
   */
  async #put(object: AnyObject, settings: Settings): Promise<void> {
    const before = this.#state.objects.get(keyOf(object));
    if (isDeepStrictEqual(before, object)) return;
    const cluster = await this.#connect();
    if (before !== undefined || settings.adopt) {
      const plan = await this.#plan(object, settings);
      if (plan?.replacement !== undefined && (before === undefined || plan.isOwn))
        await cluster.replace(plan.replacement, { fieldManager: "pulumi-kubernetes" });
    }
    const { metadata } = await cluster.apply(object, manager);
    const { objects, uids } = this.#state;
    this.#state = {
      ...this.#state,
      objects: new Map([...objects, [keyOf(object), object]]),
      uids: [...uids, metadata.uid],
    };
  }

  async #plan(object: AnyObject, settings: Settings): Promise<Plan | undefined> {
    const cluster = await this.#connect();
    const live = await cluster.get<AnyObject>(referenceOf(object));
    const { namespace, application: name, enabled } = settings.argocd;
    const application = enabled ? { namespace, name } : undefined;
    const tracking = await readTracking(cluster, namespace);
    const choices: Choices = {
      ...settings.adoption,
      released: (one) => asTakenOver(one, { namespace: settings.namespace, application, tracking }),
    };
    return planObject(cluster, live, { object, later: [] }, choices);
  }

  /** In the engine's order: what depends on others first. */
  async #remove(objects: readonly AnyObject[]): Promise<void> {
    const cluster = await this.#connect();
    const kept = new Map(this.#state.objects);
    for (const object of [...objects].reverse()) {
      const reference = referenceOf(object);
      if (object.kind === "Application") {
        const { namespace, name } = reference;
        await sync.delete("", { ...this.#access, application: { namespace, name }, ...waiting, objects: [] });
      }
      await cluster.remove(reference);
      await eventually(`${describe(reference)} is gone`, async () =>
        (await cluster.get(reference)) === undefined ? true : undefined,
      );
      kept.delete(keyOf(object));
    }
    this.#state = { ...this.#state, objects: kept };
  }

  #sync({ argocd: { namespace, application: name } }: Settings, objects: readonly object[]) {
    return { ...this.#access, application: { namespace, name }, ...waiting, objects: objects as [] };
  }

  #connect(): Promise<Cluster> {
    return connect(this.#access);
  }
}

const waiting = { source: "hash", wait: false, waitMinutes: 1 };

function keyOf({ kind, metadata: { name = "" } }: AnyObject): string {
  return `${kind} ${name}`;
}
