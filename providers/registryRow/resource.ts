import * as pulumi from "@pulumi/pulumi";
import { LateBoundResource } from "../shell.ts";

/** One row of `repo_registry`. Columns left out belong to other writers of the row. */
export interface RegistryRowArgs {
  /** URL of the database, of a role that may write `repo_registry`; encrypted in the state. */
  readonly url: pulumi.Input<string>;
  /** The key: the name of the service that is deployed. Another name is another row. */
  readonly serviceName: pulumi.Input<string>;
  /** Address of the repository, as in `https://github.com/bto-labs/gwa-test-app`. */
  readonly repoUrl: pulumi.Input<string>;
  /** Where the repository lies, as in `github`. */
  readonly platform: pulumi.Input<string>;
  /** What builds it, as in `github-actions`. */
  readonly cicdType: pulumi.Input<string>;
  /** What starts a deployment, as in `project-board`. */
  readonly triggerMethod: pulumi.Input<string>;
  readonly defaultBranch?: pulumi.Input<string> | undefined;
  /** Id of the board whose cards start a deployment. */
  readonly boardId?: pulumi.Input<string> | undefined;
  /** JSON, merged into the row's metadata key by key; keys left out belong to other writers. */
  readonly metadata?: pulumi.Input<Record<string, unknown>> | undefined;
  /**
   * Take over a row that is there under this name for another repository. A row of the same repository is
   * always taken over.
   *
   * @default false
   */
  readonly adopt?: pulumi.Input<boolean> | undefined;
  /**
   * What becomes of the row when it is no longer declared.
   *
   * @default "retain"
   */
  readonly onDelete?: pulumi.Input<"retain" | "delete"> | undefined;
}

/** One row of `repo_registry`, of which the declared columns and metadata keys are kept as declared. */
export class RegistryRow extends LateBoundResource {
  declare readonly serviceName: pulumi.Output<string>;

  constructor(name: string, args: RegistryRowArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "registryRow",
      "RegistryRow",
      name,
      { onDelete: "retain", preview: pulumi.runtime.isDryRun(), ...defined(args) },
      ["url"],
      options,
    );
  }
}

/** Without the properties that are undefined, which would hide the defaults. */
function defined(args: RegistryRowArgs): pulumi.Inputs {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
}
