import { objectAt, textOf, type Properties } from "../protocol/values.ts";

/** The changes in place that the provider's settings allow. */
export interface Mutability {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

const WORKLOAD = ["spec.selector"];
const STATEFUL_SET = [
  "spec.podManagementPolicy",
  "spec.selector",
  "spec.serviceName",
  "spec.volumeClaimTemplates",
];

/** Fields that Kubernetes does not change in place; a change makes a new object, as with the official plugin. */
const FIXED: Record<string, readonly string[]> = {
  "apps/v1/Deployment": WORKLOAD,
  "apps/v1/DaemonSet": WORKLOAD,
  "apps/v1/StatefulSet": STATEFUL_SET,
  "batch/v1/Job": ["spec.completionMode", "spec.selector", "spec.template"],
  "v1/PersistentVolumeClaim": [
    "spec.accessModes",
    "spec.selector",
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "v1/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
};

function fixedFields(object: Properties, mutability: Mutability): readonly string[] {
  const kind = `${textOf(object["apiVersion"])}/${textOf(object["kind"])}`;
  if (kind === "v1/Secret") return mutability.secrets ? ["type"] : ["type", "data", "stringData"];
  if (kind === "v1/ConfigMap")
    return mutability.configMaps && object["immutable"] !== true ? [] : ["data", "binaryData"];
  return FIXED[kind] ?? [];
}

/** Whether a change at a property path of this object makes a new one. */
export function replacesAt(object: Properties, mutability: Mutability): (path: string) => boolean {
  const fixed = ["kind", "metadata.name", "metadata.namespace", ...fixedFields(object, mutability)];
  return (path) =>
    fixed.some((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
}

/** Whether the new object would stand where the old one still does. */
export function samePlace(before: Properties, after: Properties): boolean {
  const one = objectAt(before["metadata"]);
  const other = objectAt(after["metadata"]);
  return one["name"] === other["name"] && one["namespace"] === other["namespace"];
}
