/** A resource as a Pulumi checkpoint holds it; secrets in it are encrypted. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What `pulumi stack export` gives, as far as it matters here. */
export interface Deployment {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly {
      readonly type: string;
      readonly resource: StateResource;
    }[];
  };
}

/** What became of a create that was under way when a run was killed. */
export interface Recovered {
  readonly resource: StateResource;
  /** Id of what the create left behind; undefined when it left nothing, or the next run finds it by itself. */
  readonly id: string | undefined;
}

/** The creates that were under way when the last run was killed. */
export function pendingCreates({ deployment }: Deployment): readonly StateResource[] {
  return (deployment.pending_operations ?? [])
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource);
}

/**
 * The state with each interrupted create settled: what was left behind is a resource of the stack, as its inputs
 * say until a refresh reads it; what was not will be made anew.
 */
export function settle(exported: Deployment, recovered: readonly Recovered[]): Deployment {
  const known = new Set((exported.deployment.resources ?? []).map(({ urn }) => urn));
  const found = recovered.flatMap(({ resource, id }) =>
    id === undefined || known.has(resource.urn)
      ? []
      : [{ ...resource, id, outputs: { ...resource.inputs, id } }],
  );
  const settled = new Set(recovered.map(({ resource }) => resource.urn));
  return {
    ...exported,
    deployment: {
      ...exported.deployment,
      resources: [...(exported.deployment.resources ?? []), ...found],
      pending_operations: (exported.deployment.pending_operations ?? []).filter(
        ({ type, resource }) => type !== "creating" || !settled.has(resource.urn),
      ),
    },
  };
}
