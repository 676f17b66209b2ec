import * as pulumi from "@pulumi/pulumi";
import { RegistryRow, type RegistryRowArgs } from "../providers/registryRow/resource.ts";

export interface RegistryEntry extends Omit<RegistryRowArgs, "url" | "serviceName"> {
  /** The key: the name of the service that is deployed. */
  readonly serviceName: string;
}

export interface RegistryArgs {
  /** URL of the database, of a role that may write `repo_registry`. */
  readonly url: pulumi.Input<string>;
  readonly entries: readonly RegistryEntry[];
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
  /** The names of the rows, in the order of the entries. */
  readonly serviceNames: pulumi.Output<string[]>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mesh-six:components:Registry", name, {}, opts);

    const twice = args.entries.find((entry, index) =>
      args.entries.slice(0, index).some(({ serviceName }) => serviceName === entry.serviceName),
    );
    if (twice !== undefined) {
      throw new Error(
        `registry: expected each service name once, got ${JSON.stringify(twice.serviceName)} twice; rename one or remove it`,
      );
    }

    const rows = args.entries.map(
      (entry) => new RegistryRow(entry.serviceName, { url: args.url, ...entry }, { parent: this }),
    );

    this.serviceNames = pulumi.all(rows.map((row) => row.serviceName));
    this.registerOutputs({ serviceNames: this.serviceNames });
  }
}
