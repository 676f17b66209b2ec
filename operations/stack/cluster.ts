import { connect, type Cluster } from "../../lib/kubernetes/cluster.ts";
import type { StackConfig } from "./pulumi.ts";

/** The cluster that the stack's settings name. @throws Error where the kubeconfig cannot be read */
export function clusterOfStack({ values }: StackConfig): Promise<Cluster> {
  return connect({
    kubeconfig: values["mesh-six:kubeconfig"] ?? "",
    context: values["mesh-six:kubeContext"] ?? "",
  });
}
