import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { versionOf } from "./protocol/version.ts";
import { shellQuoted } from "../../lib/text/shellQuoted.ts";

/** The plugins there are stand-ins for. */
export const STAND_INS = ["kubernetes", "github", "postgresql", "random"] as const;
export type StandIn = (typeof STAND_INS)[number];

/** An official plugin to lay beside the stand-ins. */
export interface LaidPlugin {
  /** Folder with its files: `~/.pulumi/plugins/resource-github-v6.15.0`. */
  readonly folder: string;
  /** Name of its folder among the plugins. @default that of `folder` */
  readonly as?: string;
}

/**
 * Lays out a PULUMI_HOME whose `plugins` folder holds the given stand-ins, each under the version of its npm
 * package, next to links to the official plugins that are there. With PULUMI_HOME set to it the engine takes
 * them for installed: unlike executables on PATH, without a warning, and `~/.pulumi` is left alone.
 *
 * @param names - the plugins to stand in for
 * @param directory - the PULUMI_HOME to make or to bring up to date
 * @param official - the official plugins to link to
 * @returns `directory` as an absolute path
 */
export async function standInDirectory(
  names: readonly StandIn[],
  directory: string,
  official: readonly LaidPlugin[] = [],
): Promise<string> {
  const home = path.resolve(directory);
  const plugins = path.join(home, "plugins");
  await mkdir(plugins, { recursive: true });
  // One that is left of another choice would be taken where its version is higher.
  const ours = new RegExp(`^resource-(${STAND_INS.join("|")})-v`);
  for (const folder of await readdir(plugins))
    if (ours.test(folder)) await rm(path.join(plugins, folder), { recursive: true });
  for (const name of names)
    await writeStandIn(name, path.join(plugins, `resource-${name}-v${versionOf(name)}`));
  for (const { folder: source, as = path.basename(source) } of official) {
    const folder = path.join(plugins, as);
    await mkdir(folder, { recursive: true });
    // The engine passes over a link to a folder, so the files in it are linked.
    for (const file of await readdir(source))
      await symlink(path.resolve(source, file), path.join(folder, file));
  }
  return home;
}

/** One line for the person at the terminal; undefined when every plugin is the official one. */
export function standInNotice(names: readonly StandIn[]): string | undefined {
  if (names.length === 0) return undefined;
  const plugins = names.length === 1 ? "plugin" : "plugins";
  return `Stand-ins take the place of Pulumi's ${names.join(", ")} ${plugins}; they work on this sandbox only.`;
}

async function writeStandIn(name: StandIn, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const executable = path.join(folder, `pulumi-resource-${name}`);
  const main = path.join(import.meta.dirname, name, "main.ts");
  const script = `#!/bin/sh\nexec ${shellQuoted(process.execPath)} ${shellQuoted(main)} "$@"\n`;
  // Renamed into place: an engine never starts half a script.
  await writeFile(`${executable}.new`, script);
  await chmod(`${executable}.new`, 0o755);
  await rename(`${executable}.new`, executable);
}
