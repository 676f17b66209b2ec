import * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic resource whose provider is loaded when it is called.
 *
 * Pulumi keeps a dynamic provider's code in the state and runs that copy for refresh and delete, however old
 * it is. So the code kept there is one line that loads `providers/<folder>/provider.ts` (by lateBound.ts) from the
 * project of today: a mended bug is mended for the resources of yesterday too, the state stays small, and no secret can
 * be captured. The line is written here instead of being serialized from a closure, which would cost ten
 * times the state and the loading of a TypeScript compiler at every start.
 *
 * The module exports the methods of `pulumi.dynamic.ResourceProvider` as functions: `create`, and as needed `check`,
 * `diff`, `read`, `update`, `delete` (without these, inputs and state are taken as they are). Inputs arrive there
 * unwrapped; name every secret one in `secrets`.
 */
export abstract class LateBoundResource extends pulumi.CustomResource {
  /**
   * @param folder - the folder below `providers/`; part of the state, so constant for life
   * @param type - the resource's type, as in `Migrations`; part of its URN, so constant for life
   * @param props - inputs and outputs (`undefined`); those named in `secrets` are encrypted in the state
   */
  constructor(
    folder: string,
    type: string,
    name: string,
    props: pulumi.Inputs,
    secrets: readonly string[],
    options: pulumi.CustomResourceOptions = {},
  ) {
    const inputs: pulumi.Inputs = { ...props, __provider: shell(folder) };
    for (const key of secrets) inputs[key] = pulumi.secret(props[key] as unknown);
    const additionalSecretOutputs = [...secrets, ...(options.additionalSecretOutputs ?? [])];
    // As withoutStackTraces (lib/pulumi/sdkInternals.ts) does, in which `super` cannot be called.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      super(`pulumi-nodejs:dynamic/mesh-six:${type}`, name, inputs, {
        ...options,
        ...(additionalSecretOutputs.length === 0 ? {} : { additionalSecretOutputs }),
      });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

/** The code the state keeps. MESH_SIX_ROOT is set where the working directory is not the project folder. */
function shell(folder: string): string {
  return `exports.handler=()=>require((process.env.MESH_SIX_ROOT??process.cwd())+"/providers/lateBound.ts").provider("${folder}")`;
}
