import * as pulumi from "@pulumi/pulumi";
import { LateBoundResource } from "../shell.ts";

/** One row of `repo_registry`. Columns left out belong to other writers of the row. */
export interface RegistryRowArgs {
  /** Address of the repository, as in `https://github.com/bto-labs/gwa-test-app`. */
  readonly repoUrl: pulumi.Input<string>;
  /** Platform of the repository, as in `github`. */
  readonly platform: pulumi.Input<string>;
  /** The builder, as in `github-actions`. */
  readonly cicdType: pulumi.Input<string>;
  /** The trigger of a deployment, as in `project-board`. */
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
  /** Service name of the row before: it is renamed, with all that other writers keep in it. */
  readonly renamedFrom?: string | undefined;
}

export interface RegistryRowsArgs {
  /** URL of the database, of a role that may write `repo_registry`; encrypted in the state. */
  readonly url: pulumi.Input<string>;
  /** By service name, the rows' key: the name of the service that is deployed. */
  readonly rows: Readonly<Record<string, RegistryRowArgs>>;
  /** Treatment of a row that is no longer declared. */
  readonly onDelete: "retain" | "delete";
}

/** Rows of `repo_registry`, of which the declared columns and metadata keys are kept as declared. */
export class RegistryRows extends LateBoundResource {
  constructor(name: string, { rows, ...args }: RegistryRowsArgs, options?: pulumi.CustomResourceOptions) {
    assertTransferable(rows, "rows");
    const declared = Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, defined(row)]));
    const inputs = { ...args, rows: declared, preview: pulumi.runtime.isDryRun() };
    super("registryRow", "RegistryRows", name, inputs, ["url"], options);
  }
}

/**
 * Refuses, before anything is registered, what does not reach the provider as it is: half a surrogate pair breaks the
 * registration off, after which the engine may take the resource for one that is no longer declared, and the SDK turns
 * the key `__proto__` into the keys below it.
 */
function assertTransferable(value: unknown, path: string): void {
  if (typeof value === "string" && !value.isWellFormed())
    throw new Error(
      `registry: ${JSON.stringify(path)}: expected well-formed Unicode, got ${JSON.stringify(value)}; correct it`,
    );
  if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value)) return;
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (key === "__proto__")
      throw new Error(
        `registry: ${JSON.stringify(path)}: expected a key that Pulumi can carry, got "__proto__"; rename it`,
      );
    assertTransferable(key, path);
    assertTransferable(inner, `${path}.${key}`);
  }
}

/** Without what says nothing: an undefined property would hide a default. */
function defined(row: RegistryRowArgs): pulumi.Inputs {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined && value !== false),
  );
}
