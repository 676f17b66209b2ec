import * as pulumi from "@pulumi/pulumi";
import { LateBoundResource } from "../shell.ts";

/** One row of `repo_registry`. Columns left out belong to other writers of the row. */
export interface RegistryRowArgs {
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
  readonly adopt?: boolean | undefined;
}

export interface RegistryRowsArgs {
  /** URL of the database, of a role that may write `repo_registry`; encrypted in the state. */
  readonly url: pulumi.Input<string>;
  /** By service name, the rows' key: the name of the service that is deployed. */
  readonly rows: Readonly<Record<string, RegistryRowArgs>>;
  /** What becomes of a row that is no longer declared. */
  readonly onDelete: "retain" | "delete";
}

/** Rows of `repo_registry`, of which the declared columns and metadata keys are kept as declared. */
export class RegistryRows extends LateBoundResource {
  constructor(name: string, { rows, ...args }: RegistryRowsArgs, options?: pulumi.CustomResourceOptions) {
    const declared = Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, defined(row)]));
    const inputs = { ...args, rows: declared, preview: pulumi.runtime.isDryRun() };
    super("registryRow", "RegistryRows", name, inputs, ["url"], options);
  }
}

/** Without what says nothing: an undefined property would hide a default. */
function defined(row: RegistryRowArgs): pulumi.Inputs {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined && value !== false),
  );
}
