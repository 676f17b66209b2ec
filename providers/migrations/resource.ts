import * as pulumi from "@pulumi/pulumi";
import { LateBoundResource } from "../shell.ts";
import { projectFolder } from "../../lib/process/projectFolder.ts";
import { readMigrations } from "./files/files.ts";

export interface MigrationsArgs {
  /** URL of the database, of the role that owns it; encrypted in the state. */
  readonly url: pulumi.Input<string>;
  /** Folder of the files, relative to the project's. @default "migrations" */
  readonly directory?: string | undefined;
  /** Limit of a statement's wait for a lock, in milliseconds; 0 for no limit. @default 10000 */
  readonly lockTimeout?: pulumi.Input<number> | undefined;
  /** Limit of a statement's time, in milliseconds; 0 for no limit. @default 0 */
  readonly statementTimeout?: pulumi.Input<number> | undefined;
  /** Lets a file run although one with a higher number is applied. @default false */
  readonly allowOutOfOrder?: pulumi.Input<boolean> | undefined;
}

/**
 * The database's schema: every file of a folder, applied once and in order.
 *
 * A preview prints the SQL that is pending. Deleting the resource undoes nothing: migrations go forward only.
 *
 * @example
 * const schema = new Migrations("schema", { url: database.url });
 */
export class Migrations extends LateBoundResource {
  /** Checksums of the applied files by name. */
  declare readonly applied: pulumi.Output<Record<string, string>>;
  /** Relations the files made that a refresh did not find in the database. */
  declare readonly missing: pulumi.Output<string[]>;

  constructor(name: string, args: MigrationsArgs, options?: pulumi.CustomResourceOptions) {
    const { url, directory = "migrations", lockTimeout = 10_000, statementTimeout = 0 } = args;
    const { allowOutOfOrder = false } = args;
    // Checksums only: the SQL is in version control, and the state is written again at every step.
    const files = readMigrations(projectFolder(directory)).migrations.map((file) => [
      file.name,
      file.checksum,
    ]);
    super(
      "migrations",
      "Migrations",
      name,
      {
        url,
        directory,
        lockTimeout,
        statementTimeout,
        allowOutOfOrder,
        migrations: Object.fromEntries(files) as Record<string, string>,
        preview: pulumi.runtime.isDryRun(),
        applied: undefined,
        missing: undefined,
      },
      ["url"],
      options,
    );
  }
}
