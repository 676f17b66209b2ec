import type { TestCluster } from "./cluster.ts";

/** A Deployment, as far as tests read it. */
export interface Workload {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly env?: readonly Variable[] }[] };
    };
  };
}

/** A variable of a container. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

/** A Deployment of the program's namespace. */
export const workload = (cluster: TestCluster, name: string) =>
  cluster.get<Workload>("deployment", name, "-n", "mesh-six");

/** The environment of a Deployment's container, by name. */
export async function environmentOf(
  cluster: TestCluster,
  deployment: string,
): Promise<ReadonlyMap<string, Variable>> {
  const { spec } = await workload(cluster, deployment);
  return new Map((spec.template.spec.containers[0]?.env ?? []).map((variable) => [variable.name, variable]));
}
