import * as pulumi from "@pulumi/pulumi";
import type { ApplicationName } from "../../lib/argocd/application.ts";
import { leftAlone } from "../../lib/argocd/leaveAlone.ts";
import { keyOf, type Foreign } from "../../providers/argocdTakeOver/found.ts";
import type { Seen } from "../../providers/argocdTakeOver/provider.ts";
import { TakeOver } from "../../providers/argocdTakeOver/resource.ts";
import type { ObjectReference } from "../../lib/kubernetes/cluster.ts";

export interface AdoptionArgs {
  /** The cluster, as the Kubernetes provider gets it. */
  readonly cluster: { readonly kubeconfig?: pulumi.Input<string>; readonly context?: pulumi.Input<string> };
  /** Take over what exists; else what exists makes creating it fail. */
  readonly adopt: boolean;
  /** Namespace whose objects are noted. */
  readonly namespace: string;
  /** The ArgoCD Application that may have had the objects. */
  readonly application: ApplicationName | undefined;
  /**
   * The objects that the Application's patches take out of its source at the moment.
   *
   * @default "": the provider looks itself
   */
  readonly seen?: Seen;
}

/** The objects that the program declares in the namespace, and those that the take-over found there. */
export interface Declared {
  readonly objects: pulumi.Output<ObjectReference[]>;
  /** The resources themselves, to be waited for. */
  readonly resources: readonly pulumi.Resource[];
  readonly foreign: pulumi.Output<Foreign>;
  /** Annotations of the Application that make it be applied in full when it has lost its patches. */
  readonly applicationAnnotations: pulumi.Output<Record<string, string>>;
}

/** Counts how often an object was taken back from ArgoCD; absent until then. */
const restoredKey = "mesh-six/restored";

/**
 * Notes every object the program declares in the namespace, so that there is one list of what is Pulumi's and
 * nobody types it; and lets each wait until what exists of it is ready to change hands. Each says from its creation that
 * ArgoCD is to leave it alone, whatever marks it bears.
 *
 * @example
 * const adoption = new Adoption("adoption", { cluster: {}, adopt: true, namespace: "mesh-six", application });
 * new DaprComponents("dapr", args, { provider, transformations: [adoption.transformation] });
 * new ArgoCd("argocd", { ...more, declared: adoption.complete() }, { provider });
 */
export class Adoption {
  /** For the options of every component that declares objects in the namespace. */
  readonly transformation: pulumi.ResourceTransformation;
  readonly #namespace: string;
  readonly #application: string;
  readonly #takeOver: TakeOver;
  readonly #objects: pulumi.Output<ObjectReference>[] = [];
  readonly #resources: pulumi.Resource[] = [];
  readonly #whole: Promise<pulumi.Output<ObjectReference[]>>;
  #close: ((whole: pulumi.Output<ObjectReference[]>) => void) | undefined;

  constructor(name: string, args: AdoptionArgs) {
    this.#namespace = args.namespace;
    this.#whole = new Promise((resolve) => (this.#close = resolve));
    this.#takeOver = new TakeOver(name, {
      kubeconfig: args.cluster.kubeconfig ?? "",
      context: args.cluster.context ?? "",
      adopt: args.adopt,
      application: args.application,
      // Known when everything is declared; until then the objects wait.
      objects: pulumi.output(this.#whole),
      seen: args.seen ?? "",
    });
    this.#application = args.application?.name ?? "";
    this.transformation = (declaration) => this.#note(declaration);
  }

  /** Pod selector of the Deployment: the one it has where it was taken over, since none can be changed. */
  selector(deployment: string, otherwise: Record<string, string>): pulumi.Output<Record<string, string>> {
    return this.#takeOver.selectors.apply((found) => found[deployment] ?? otherwise);
  }

  /** Says that everything is declared. Has to be called, after the last component and once. */
  complete(): Declared {
    const objects = pulumi
      .all(this.#objects)
      .apply((all) => all.filter(({ namespace }) => namespace === this.#namespace).sort(byName));
    this.#close?.(objects);
    this.#close = undefined;
    const { foreign } = this.#takeOver;
    const application = { kind: "Application", name: this.#application };
    return {
      objects,
      resources: this.#resources,
      foreign,
      applicationAnnotations: this.#annotations(
        application,
        foreign.apply(({ kept = {} }) => kept),
      ),
    };
  }

  /** Annotations by which ArgoCD leaves the object alone, with others' options, and when it was taken back. */
  #annotations(
    object: { readonly kind: string; readonly name: string },
    given: pulumi.Input<Readonly<Record<string, string>>>,
  ): pulumi.Output<Record<string, string>> {
    const { kept, restored } = this.#takeOver;
    return pulumi
      .all([given, kept, restored])
      .apply(([annotations, options, counts]): Record<string, string> => {
        const count = counts?.[keyOf(object)];
        return {
          ...annotations,
          ...leftAlone({ ...annotations, ...options?.[keyOf(object)] }),
          ...(count === undefined ? {} : { [restoredKey]: String(count) }),
        };
      });
  }

  #note({
    type,
    name,
    props,
    opts,
    resource,
  }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult | undefined {
    const object = props as {
      readonly apiVersion?: unknown;
      readonly kind?: unknown;
      readonly metadata?: unknown;
    };
    // The Namespace stays in ArgoCD's source: it is no object to take out.
    if (!type.startsWith("kubernetes:") || object.kind === "Namespace") return undefined;
    if (this.#close === undefined) throw new Error(`${type} ${name} is declared after Adoption.complete()`);
    this.#objects.push(referenceOf(name, object));
    this.#resources.push(resource);
    const metadata = object.metadata as Metadata;
    const annotations = this.#annotations(
      { kind: object.kind as string, name: metadata.name },
      metadata.annotations ?? {},
    );
    return {
      props: { ...props, metadata: { ...metadata, annotations } },
      opts: pulumi.mergeOptions(opts, { dependsOn: this.#takeOver }),
    };
  }
}

/** As every component of this program gives it; referenceOf refuses others. */
interface Metadata {
  readonly name: string;
  readonly annotations?: pulumi.Input<Readonly<Record<string, string>>>;
}

/** From the inputs alone, and of the metadata no more than its names: the rest may wait for the take-over. */
function referenceOf(
  resource: string,
  {
    apiVersion,
    kind,
    metadata,
  }: { readonly apiVersion?: unknown; readonly kind?: unknown; readonly metadata?: unknown },
): pulumi.Output<ObjectReference> {
  const { name, namespace } = (metadata ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
  return pulumi.output({ apiVersion, kind, name, namespace }).apply((names): ObjectReference => {
    if (isReference(names)) return names;
    throw new Error(
      `${resource}: expected metadata.name and metadata.namespace to be given, so that it can be taken over`,
    );
  });
}

function isReference(names: Readonly<Record<keyof ObjectReference, unknown>>): names is ObjectReference {
  return Object.values(names).every((part) => typeof part === "string");
}

function byName(a: ObjectReference, b: ObjectReference): number {
  return `${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1;
}
