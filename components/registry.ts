import * as pulumi from "@pulumi/pulumi";
import { type RegistryRowArgs, RegistryRows } from "../providers/registryRow/resource.ts";

export interface RegistryEntry extends RegistryRowArgs {
  /** The key: the name of the service that is deployed. */
  readonly serviceName: string;
}

export interface RegistryArgs {
  /** URL of the database, of a role that may write `repo_registry`. */
  readonly url: pulumi.Input<string>;
  readonly entries: readonly RegistryEntry[];
  /**
   * Treatment of a row whose entry is gone.
   *
   * @default "retain"
   */
  readonly onDelete?: "retain" | "delete";
}

/**
 * The rows of `repo_registry` that this program keeps; other rows are not looked at.
 *
 * @example
 * new Registry("registry", {
 *   url,
 *   entries: [{
 *     serviceName: "gwa-test-app",
 *     repoUrl: "https://github.com/bto-labs/gwa-test-app",
 *     platform: "github",
 *     defaultBranch: "main",
 *     cicdType: "github-actions",
 *     triggerMethod: "project-board",
 *     boardId: board.projectId,
 *     metadata: { owner: "bto-labs", repo: "gwa-test-app" },
 *   }],
 * }, { dependsOn: [migrations] });
 */
export class Registry extends pulumi.ComponentResource {
  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:Registry", name, {}, opts);

    const names = args.entries.map(({ serviceName }) => serviceName);
    const twice = names.find((serviceName, index) => names.indexOf(serviceName) < index);
    if (twice !== undefined) {
      throw new Error(
        `registry: expected each service name once, got ${JSON.stringify(twice)} twice; rename one or remove it`,
      );
    }
    // The SDK loses the one, and stumbles over an object under the other.
    const unusable = names.find((serviceName) => ["__proto__", "toString"].includes(serviceName));
    if (unusable !== undefined) {
      throw new Error(
        `registry: expected a service name that can be a key, got ${JSON.stringify(unusable)}; rename it`,
      );
    }

    const rows = Object.fromEntries(args.entries.map(({ serviceName, ...row }) => [serviceName, row]));
    const { url, onDelete = "retain" } = args;
    new RegistryRows(`${name}-rows`, { url, rows, onDelete }, { parent: this });
    this.registerOutputs({});
  }
}
