import { union, without, type FieldSet, type ManagedFields } from "../../../lib/kubernetes/fieldSet.ts";
import { isControllers, isPulumis } from "../../../lib/kubernetes/managers.ts";

/** Kinds whose undeclared fields go when they are taken over; all others keep everything that is not declared. */
const keptWhole = new Set(["Namespace", "Application", "Secret", "ConfigMap"]);

/** Members that are never cut: names and marks people put there, and the API server's account. */
const neverCut = new Set(["f:metadata", "f:status", "f:apiVersion", "f:kind"]);

/** Fields of a Service that the cluster allots, and that cannot be changed. */
const allotted = ["f:clusterIP", "f:clusterIPs", "f:ipFamilies", "f:ipFamilyPolicy", "f:healthCheckNodePort"];

export function isKeptWhole(kind: string): boolean {
  return keptWhole.has(kind);
}

/** Whether a stack of Pulumi has declared the object before: nothing is left to take over. */
export function isDeclaredByPulumi(managers: readonly ManagedFields[]): boolean {
  return managers.some(
    (entry) => entry.operation === "Apply" && entry.subresource === undefined && isPulumis(entry),
  );
}

/** ArgoCD's controller, which may have written over an object of a stack's while its patches were lost. */
const argocd = /^argocd-/;

/** Whether ArgoCD has written fields of the object. */
export function isWrittenByArgoCd({ manager = "", subresource }: ManagedFields): boolean {
  return subresource === undefined && argocd.test(manager);
}

/** Whether the manager gives its fields up when the object is taken over. */
export function yields(entry: ManagedFields): boolean {
  return entry.subresource === undefined && !isControllers(entry);
}

/** Whether some of the object's fields are ArgoCD's alone. */
export function isPartlyArgoCds(managers: readonly ManagedFields[]): boolean {
  const theirs = keepingFields(managers, (entry) => !isWrittenByArgoCd(entry));
  return (
    Object.keys(theirs).length > 0 &&
    without(theirs, keepingFields(managers, isWrittenByArgoCd)) !== undefined
  );
}

/** The fields of all managers of the object that yield, as far as they can be cut. */
export function yieldingFields(
  kind: string,
  managers: readonly ManagedFields[],
  isYielding: (entry: ManagedFields) => boolean,
): FieldSet {
  if (isKeptWhole(kind)) return {};
  const all = union(...managers.filter(isYielding).map(({ fieldsV1 }) => fieldsV1));
  return withoutFixed(kind, all);
}

/** The fields of those managers that stay. */
export function keepingFields(
  managers: readonly ManagedFields[],
  isYielding: (entry: ManagedFields) => boolean,
): FieldSet {
  return union(...managers.filter((entry) => !isYielding(entry)).map(({ fieldsV1 }) => fieldsV1));
}

function withoutFixed(kind: string, set: FieldSet): FieldSet {
  const top = Object.entries(set).filter(([step]) => !neverCut.has(step));
  return Object.fromEntries(
    top.map(([step, below]) => {
      if (step !== "f:spec") return [step, below];
      if (kind === "Service") return [step, omitted(below, allotted)];
      // A selector cannot be changed; the one that is there is declared. Labels of Pods are kept as all others are.
      return [step, templateWithoutMetadata(omitted(below, ["f:selector"]))];
    }),
  );
}

/** The set without the metadata of a template of Pods, however deep it lies. */
function templateWithoutMetadata(set: FieldSet): FieldSet {
  return Object.fromEntries(
    Object.entries(set).map(([step, below]) => {
      if (step === "f:template") return [step, templateWithoutMetadata(omitted(below, ["f:metadata"]))];
      if (step === "f:jobTemplate" || step === "f:spec") return [step, templateWithoutMetadata(below)];
      return [step, below];
    }),
  );
}

function omitted(set: FieldSet, steps: readonly string[]): FieldSet {
  return Object.fromEntries(Object.entries(set).filter(([step]) => !steps.includes(step)));
}
