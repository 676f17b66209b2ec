import type * as pulumi from "@pulumi/pulumi";
import type { BoardInputs, BoardOutputs } from "./model.ts";
import { LateBoundResource } from "../shell.ts";
import { withoutDefaults } from "./storedInputs.ts";

export interface ProjectBoardArgs extends Omit<BoardInputs, "repositoryId" | "repositoryKnownAs"> {
  readonly repositoryId: pulumi.Input<BoardInputs["repositoryId"]>;
  readonly repositoryKnownAs?: pulumi.Input<string | undefined>;
}

/**
 * A board of GitHub's Projects v2, found by its marker or made, and kept as the inputs say.
 *
 * Options of Status and of single-select fields keep their ids, so that no card ever loses its value. The board
 * stays when the resource is destroyed unless `deleteOnDestroy` says otherwise.
 */
export class ProjectBoard extends LateBoundResource {
  /** GraphQL node id, as in `PVT_…`. */
  declare readonly projectId: pulumi.Output<string>;
  /** The number in the board's address. */
  declare readonly number: pulumi.Output<number>;
  declare readonly url: pulumi.Output<string>;
  /** GraphQL node id of the field Status. */
  declare readonly statusFieldId: pulumi.Output<string>;
  declare readonly fieldIds: pulumi.Output<BoardOutputs["fieldIds"]>;
  declare readonly checklist: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    { repositoryId, repositoryKnownAs, ...args }: ProjectBoardArgs,
    options?: pulumi.CustomResourceOptions,
  ) {
    const outputs = {
      projectId: undefined,
      number: undefined,
      url: undefined,
      statusFieldId: undefined,
      fieldIds: undefined,
      linked: undefined,
      adopted: undefined,
      checklist: undefined,
    };
    const inputs = { ...withoutDefaults(args), repositoryId, repositoryKnownAs, ...outputs };
    super("projectBoard", "ProjectBoard", name, inputs, [], options);
  }
}
