import type * as pulumi from "@pulumi/pulumi";
import type { ContentsInputs } from "./model.ts";
import { LateBoundResource } from "../shell.ts";

/** The inputs, any of which may come from another resource. */
export type RepositoryContentsArgs = {
  readonly [K in keyof ContentsInputs]: pulumi.Input<Exclude<ContentsInputs[K], undefined>>;
};

/**
 * The content that a repository is seeded with: a template's files in one commit, and a tag on it.
 *
 * Seeding happens once; people's changes are never overwritten, and nothing is deleted with the resource.
 */
export class RepositoryContents extends LateBoundResource {
  /** Id of the commit that holds the seed. */
  declare readonly commit: pulumi.Output<string>;
  /** Id of the commit the tag is on. */
  declare readonly tagCommit: pulumi.Output<string>;

  constructor(name: string, args: RepositoryContentsArgs, options?: pulumi.CustomResourceOptions) {
    const inputs = { ...args, commit: undefined, tagCommit: undefined };
    super("repositoryContents", "RepositoryContents", name, inputs, [], options);
  }
}
