import * as pulumi from "@pulumi/pulumi";
import { stackAnnotation } from "../../settings/objectMetadata.ts";

/** Labels on the namespace and on every object this program declares in the cluster. */
export const partOfMeshSix = {
  "app.kubernetes.io/part-of": "mesh-six",
  "app.kubernetes.io/managed-by": "pulumi",
} as const;

/** Finds the objects of every stack of this program in a cluster. */
export const labelSelector = Object.entries(partOfMeshSix)
  .map(([label, value]) => `${label}=${value}`)
  .join(",");

/** Whether the metadata of an object says that this stack declares it; versions before did not name the stack. */
export function isDeclaredBy(stack: string) {
  return ({ labels, annotations }: { readonly labels?: Texts; readonly annotations?: Texts }): boolean =>
    Object.entries(partOfMeshSix).every(([label, value]) => labels?.[label] === value) &&
    [undefined, stack].includes(annotations?.[stackAnnotation]);
}

export interface ObjectMetadataArgs {
  /** Name of the stack. */
  readonly stack: string;
  /** Further labels of every object and every Pod template; none of the program's own. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Further annotations of every object and every Pod template; none of the program's own. */
  readonly annotations?: Readonly<Record<string, string>>;
}

type Texts = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/**
 * Adds the metadata that all objects of the cluster have in common. A component declares only what is its own, so
 * that no object can lack the rest.
 *
 * @returns for the options of every component that declares Kubernetes objects, and of every such object beside them
 *
 * @example
 * const common = objectMetadata({ stack: pulumi.getStack(), labels: { team: "agents" } });
 * new DaprComponents("dapr", args, { provider, transformations: [common] });
 */
export function objectMetadata(args: ObjectMetadataArgs): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const object = withCommonMetadata(props, args);
    return { props: withTemplates(object, args), opts };
  };
}

function withCommonMetadata(object: Fields, { stack, labels, annotations }: ObjectMetadataArgs): Fields {
  const own = fields(object["metadata"]);
  return {
    ...object,
    metadata: {
      ...own,
      labels: merged(labels, own["labels"], partOfMeshSix),
      annotations: merged(annotations, own["annotations"], { [stackAnnotation]: stack }),
    },
  };
}

/** Paths to the metadata of the objects that a controller makes, by kind. */
const templates: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [["spec", "template"]],
  CronJob: [
    ["spec", "jobTemplate"],
    ["spec", "jobTemplate", "spec", "template"],
  ],
  // Without a template the operator copies the labels and annotations of the ExternalSecret.
  ExternalSecret: [["spec", "target", "template"]],
};

/**
 * The stack's name is left out: it would replace the Pods of an installation without need. A Job has the labels of
 * its template's Pods only where somebody asks for labels.
 */
function withTemplates(object: Fields, args: ObjectMetadataArgs): Fields {
  const { labels = {}, annotations = {} } = args;
  const asked = Object.keys(labels).length + Object.keys(annotations).length > 0;
  return (templates[String(object["kind"])] ?? []).reduce<Fields>((changed, path) => {
    const isJob = path.at(-1) === "jobTemplate";
    return isJob && !asked ? changed : changedAt(changed, path, (template) => withLabels(template, args));
  }, object);
}

function withLabels(template: Fields, { labels, annotations = {} }: ObjectMetadataArgs): Fields {
  const own = fields(template["metadata"]);
  return {
    ...template,
    metadata: {
      ...own,
      labels: merged(labels, partOfMeshSix, own["labels"]),
      ...(own["annotations"] === undefined && Object.keys(annotations).length === 0
        ? {}
        : { annotations: merged(annotations, own["annotations"]) }),
    },
  };
}

/** A copy with the structure at the path changed; without it where there is none. */
function changedAt(
  object: Fields,
  [name, ...rest]: readonly string[],
  change: (at: Fields) => Fields,
): Fields {
  if (name === undefined) return change(object);
  const inner = object[name];
  return inner === undefined ? object : { ...object, [name]: changedAt(fields(inner), rest, change) };
}

/** Later ones win. */
function merged(...maps: readonly unknown[]): pulumi.Input<Texts> {
  const given = maps.filter((map) => map !== undefined);
  if (!given.some((map) => pulumi.Output.isInstance(map))) return Object.assign({}, ...given) as Texts;
  return pulumi.all(given).apply((all) => Object.assign({}, ...all) as Texts);
}

/** @throws where it is known only later: what is in it could not be added to */
function fields(value: unknown): Fields {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !pulumi.Output.isInstance(value)) return value as Fields;
  throw new Error("expected the metadata of a Kubernetes object to be a plain structure, got an output");
}
