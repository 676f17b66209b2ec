import type { ManagedFields } from "./fieldSet.ts";

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
