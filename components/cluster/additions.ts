import * as pulumi from "@pulumi/pulumi";
import type { ObjectReference } from "../../lib/kubernetes/cluster.ts";
import { leavesOf, memberOf, selects, type FieldSet } from "../../lib/kubernetes/fieldSet.ts";
import { countedAs, takenBackKey } from "../../lib/kubernetes/takenBack.ts";
import { isNamed } from "../../preflight/adoption/names.ts";
import { isWhollyDeclared } from "../../preflight/additions/judge.ts";
import type { SeenObject } from "../../providers/objectOwners/provider.ts";
import { ObjectOwners } from "../../providers/objectOwners/resource.ts";

export interface AdditionsArgs {
  /** The cluster, as the Kubernetes provider gets it. */
  readonly cluster: { readonly kubeconfig?: pulumi.Input<string>; readonly context?: pulumi.Input<string> };
  /** Namespace of objects whose own is known only when the Namespace is made. */
  readonly namespace: string;
  /** Fields of others that stay: `IngressRoute/dashboard spec.tls.options`. */
  readonly keep: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Kinds in which nothing that others add is ever taken back: their parts have owners of their own. */
const shared = new Set(["Namespace", "Secret", "ConfigMap"]);

/**
 * Takes back what others added to objects where it cannot stay beside what is declared: items of lists that have one
 * owner, and whatever changes who gets in. Pulumi's plugin sees no such addition. So a refresh asks the API server whose
 * the fields are, and an annotation that counts makes the next update apply the object in full.
 *
 * @example
 * const additions = new Additions("additions", { cluster: {}, namespace: "mesh-six", keep: [] });
 * pulumi.runtime.registerStackTransformation(additions.transformation);
 * // … every declaration …
 * additions.complete();
 */
export class Additions {
  /** For all resources of the stack. */
  readonly transformation: pulumi.ResourceTransformation;
  readonly #namespace: string;
  readonly #keep: readonly string[];
  readonly #owners: ObjectOwners;
  readonly #objects: ObjectReference[] = [];
  #close: ((objects: readonly ObjectReference[]) => void) | undefined;

  constructor(name: string, { cluster, namespace, keep }: AdditionsArgs) {
    this.#namespace = namespace;
    this.#keep = keep;
    this.#owners = new ObjectOwners(name, {
      kubeconfig: cluster.kubeconfig ?? "",
      context: cluster.context ?? "",
      // Known when everything is declared; until then the objects wait.
      objects: pulumi.output(new Promise<readonly ObjectReference[]>((resolve) => (this.#close = resolve))),
    });
    this.transformation = (declaration) => this.#note(declaration);
  }

  /** Says that everything is declared. Has to be called, after the last declaration and once. */
  complete(): void {
    this.#close?.([...this.#objects].sort((a, b) => (countedAs(a) < countedAs(b) ? -1 : 1)));
    this.#close = undefined;
  }

  #note({
    type,
    props,
    opts,
  }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult | undefined {
    const { apiVersion, kind, metadata } = props as Fields;
    if (!type.startsWith("kubernetes:") || typeof kind !== "string" || shared.has(kind)) return undefined;
    const { name, namespace, annotations } = metadata as Fields;
    const reference: ObjectReference = {
      ...{ apiVersion: apiVersion as string, kind, name: name as string },
      namespace: pulumi.Output.isInstance(namespace) ? this.#namespace : (namespace as string),
    };
    if (this.#close === undefined)
      throw new Error(`${countedAs(reference)} is declared after Additions.complete()`);
    this.#objects.push(reference);
    const counted = pulumi
      .all([this.#owners.seen, (annotations ?? {}) as pulumi.Input<Record<string, string>>])
      .apply(([seen, own]): Record<string, string> => {
        const count = this.#count(reference, props, seen[countedAs(reference)]);
        return count === 0 ? own : { ...own, [takenBackKey]: String(count) };
      });
    return { props: { ...props, metadata: { ...(metadata as Fields), annotations: counted } }, opts };
  }

  #count(reference: ObjectReference, props: Fields, seen: SeenObject | undefined): number {
    if (seen === undefined) return 0;
    const others = seen.others === "" ? {} : (JSON.parse(seen.others) as FieldSet);
    return seen.takenBack + (this.#isToTakeBack(reference, props, others) ? 1 : 0);
  }

  #isToTakeBack(reference: ObjectReference, props: Fields, others: FieldSet): boolean {
    return leavesOf(others).some(({ path, steps }) => {
      if (steps[0] === "f:metadata" || isNamed(this.#keep, countedAs(reference), path)) return false;
      const declared = declaredAt(props, steps);
      return declared === "list" || (declared === "nothing" && isWhollyDeclared(reference.kind));
    });
  }
}

/** The kind of value that the declaration has at a field, as far as it is known before outputs are. */
function declaredAt(value: unknown, steps: readonly string[]): "list" | "value" | "unknown" | "nothing" {
  const [step, ...rest] = steps;
  // The result may be a list. Where it is none, applying it once more does no harm.
  if (pulumi.Output.isInstance(value) || value instanceof Promise)
    return step === undefined ? "list" : "unknown";
  if (value === undefined || value === null) return "nothing";
  if (step === undefined) return Array.isArray(value) ? "list" : "value";
  if (Array.isArray(value))
    return declaredAt(
      value.find((item: unknown) => selects(step, item)),
      rest,
    );
  if (typeof value !== "object") return "value";
  return declaredAt((value as Fields)[memberOf(step) ?? ""], rest);
}
