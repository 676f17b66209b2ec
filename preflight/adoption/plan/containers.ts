import type { AnyObject } from "../objectDeclaration.ts";
import type { FieldChange, Refusal } from "../document.ts";
import { isNamed } from "../names.ts";

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort?: number }[];
}

/**
 * Refuses to drop a container that is no predecessor of a declared one. A container with the same port or the same image
 * is what the declared one replaces; any other may be a sidecar that somebody wants.
 */
export function foreignContainers(
  live: AnyObject,
  declared: AnyObject,
  address: string,
  changes: readonly FieldChange[],
  lose: readonly string[],
): Refusal[] {
  const own = containersOf(declared);
  return containersOf(live).flatMap(({ path, container }) => {
    const at = `${path}[${container.name}]`;
    const isLost = changes.some((change) => change.kind === "lost" && change.path.startsWith(`${at}.`));
    if (!isLost || own.some((each) => each.path === path && isSame(each.container, container))) return [];
    if (own.some((each) => each.path === path && replaces(each.container, container))) return [];
    if (isNamed(lose, address, at)) return [];
    const config = (setting: string) =>
      `pulumi config set --path 'mesh-six:${setting}[0]' '${address} ${at}'`;
    return [
      {
        path: at,
        expected: `the declared containers (${own.map((each) => each.container.name).join(", ")})`,
        got: `one more with image ${container.image ?? "none"}`,
        remedy: `to keep it: ${config("adoptKeep")}; to let it go: ${config("adoptLose")}`,
      },
    ];
  });
}

function isSame(one: Container, other: Container): boolean {
  return one.name === other.name;
}

function replaces(declared: Container, found: Container): boolean {
  const ports = (container: Container) => (container.ports ?? []).map(({ containerPort }) => containerPort);
  const image = ({ image: reference = "" }: Container) => reference.replace(/(@.*|:[^/:]*)$/, "");
  return (
    ports(found).some((port) => ports(declared).includes(port)) ||
    (image(found) !== "" && image(found) === image(declared))
  );
}

interface Placed {
  readonly path: string;
  readonly container: Container;
}

interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Template {
  readonly template?: { readonly spec?: PodSpec };
}

/** The containers of the object's Pods, wherever the kind has its template. */
function containersOf(object: AnyObject): Placed[] {
  const spec = object["spec"] as
    (Template & { readonly jobTemplate?: { readonly spec?: Template } }) | undefined;
  const [path, pods] =
    spec?.jobTemplate === undefined
      ? ["spec.template.spec", spec?.template?.spec]
      : ["spec.jobTemplate.spec.template.spec", spec.jobTemplate.spec?.template?.spec];
  return (["containers", "initContainers"] as const).flatMap((list) =>
    (pods?.[list] ?? []).map((container) => ({ path: `${path}.${list}`, container })),
  );
}
