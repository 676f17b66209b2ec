import type * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic provider whose methods load the real code when they are called.
 *
 * Pulumi serializes a dynamic provider into the state and runs that copy for refresh and delete, however old
 * it is. So what is serialized is only this: the folder's name and a few lines that load
 * `providers/<folder>/provider.ts` from the project of today. A mended bug is mended for the resources of
 * yesterday too, the state stays small, and no secret can be captured.
 *
 * The module exports all six methods as functions (`check`, `diff`, `create`, `read`, `update`, `delete`).
 *
 * @param folder - the folder below `providers/`; part of the state, so constant for life
 */
export function lateBound(folder: string): pulumi.dynamic.ResourceProvider {
  // MESH_SIX_ROOT is set where the working directory is not the project folder.
  const load = () => {
    const root = process.env["MESH_SIX_ROOT"] ?? process.cwd();
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a serialized function cannot import
    return require(`${root}/providers/${folder}/provider.ts`) as Required<pulumi.dynamic.ResourceProvider>;
  };
  return {
    check: (olds, news) => load().check(olds, news),
    diff: (id, olds, news) => load().diff(id, olds, news),
    create: (inputs) => load().create(inputs),
    read: (id, props) => load().read(id, props),
    update: (id, olds, news) => load().update(id, olds, news),
    delete: (id, props) => load().delete(id, props),
  };
}
