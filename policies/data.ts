import { parseUrn } from "../lib/pulumi/urn.ts";
import { isUnknown } from "../lib/pulumi/unknown.ts";
import { at, type Declared } from "./declaredResource.ts";

/** Types that hold data of people and agents, and for each the property that keeps the data. */
const kinds: readonly (readonly [type: RegExp, keeps: (props: Declared["props"]) => unknown])[] = [
  [/^postgresql:index\/(database:Database|role:Role)$/, () => undefined],
  [
    /^kubernetes:core\/v1:PersistentVolume(Claim)?$/,
    (props) => at(props, "spec", "persistentVolumeReclaimPolicy") === "Retain" || undefined,
  ],
  [/^github:index\/repository:Repository$/, (props) => at(props, "archiveOnDestroy") === true || undefined],
  [/^pulumi-nodejs:dynamic\/mesh-six:ProjectBoard$/, (props) => negated(at(props, "deleteOnDestroy"))],
  [/^pulumi-nodejs:dynamic\/mesh-six:RegistryRows$/, (props) => at(props, "onDelete") === "retain"],
];

/**
 * Databases with their roles, volumes, repositories and boards outlive the stack, unless somebody has said otherwise.
 *
 * A policy sees whether a resource is protected, but not whether it is retained on delete: so a component that
 * retains its children says so in its inputs, `retain: true`.
 */
export class DataWatch {
  readonly #components = new Map<string, Declared>();
  readonly #disposable: (stack: string) => boolean;

  /** @param disposable - stacks whose data may be deleted where a component or setting says so in as many words */
  constructor(disposable: readonly string[]) {
    this.#disposable = (stack) => disposable.includes(stack);
  }

  look(resource: Declared): string[] {
    const { type, urn, props, protect, parent } = resource;
    // The engine registers a parent before its children.
    this.#components.set(urn, resource);
    const kind = kinds.find(([pattern]) => pattern.test(type));
    if (kind === undefined || protect) return [];
    const kept = kind[1](props) ?? this.#retained(parent);
    if (kept === true || isUnknown(kept)) return [];
    if (kept === false && this.#disposable(parseUrn(urn).stack)) return [];
    const got = kept === false ? "the word to delete it" : "neither";
    return [
      `expected protect: true, or a component above it with retain: true, got ${got}; it holds what people wrote and would go with the stack`,
    ];
  }

  /** The nearest `retain` of the components above. */
  #retained(urn: string | undefined): unknown {
    const parent = urn === undefined ? undefined : this.#components.get(urn);
    return parent === undefined ? undefined : (at(parent.props, "retain") ?? this.#retained(parent.parent));
  }
}

function negated(value: unknown): unknown {
  return typeof value === "boolean" ? !value : value;
}
