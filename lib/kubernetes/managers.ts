import { type ManagedFields, union } from "./fieldSet.ts";

/** Managers of Pulumi's Kubernetes plugin: an object that one of them has applied, a stack declares. */
const pulumi = /^pulumi-(resource-)?kubernetes/;

/**
 * Managers that write again whatever is taken from them: Kubernetes' own, and operators that follow the naming of
 * controller-runtime. ArgoCD's controller is none of them: the program takes its objects over.
 */
const controllers =
  /^(kube-|kubelet|k3s|cloud-controller|vpa-|hpa-|dapr-?operator|external-secrets|cert-manager|.*-operator$|.*-controller-manager$|manager$)/;

/** The program's own: of the few fields that it writes besides the plugin. */
export const ownManager = "mesh-six";

export function isPulumis({ manager = "" }: ManagedFields): boolean {
  return pulumi.test(manager);
}

export function isControllers({ manager = "" }: ManagedFields): boolean {
  return controllers.test(manager);
}

/**
 * Whether the plugin takes the entry's fields for its own with its next update, and so removes those that are not
 * declared: it takes kubectl for an earlier way of applying the same object.
 */
export function isTakenByPulumi({ manager = "", operation, subresource }: ManagedFields): boolean {
  if (subresource !== undefined && subresource !== "") return false;
  if (operation === "Apply") return manager.startsWith("kubectl");
  return operation === "Update" && (/^(kubectl|before-first-apply)/.test(manager) || pulumi.test(manager));
}

/**
 * The entries once the plugin's plain writes belong to its applies, as the plugin's next update makes them.
 *
 * @returns undefined where it has written nothing, or applied nothing yet
 */
export function withWritesApplied(managers: readonly ManagedFields[]): readonly ManagedFields[] | undefined {
  const isWrite = (entry: ManagedFields) =>
    isPulumis(entry) && entry.operation === "Update" && !entry.subresource;
  const applied = managers.find((entry) => isPulumis(entry) && entry.operation === "Apply");
  const writes = managers.filter(isWrite);
  if (applied === undefined || writes.length === 0) return undefined;
  const fieldsV1 = union(...[applied, ...writes].map((entry) => entry.fieldsV1));
  return managers
    .filter((entry) => !isWrite(entry))
    .map((entry) => (entry === applied ? { ...entry, fieldsV1 } : entry));
}
