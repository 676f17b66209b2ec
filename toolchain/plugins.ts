import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pulumiHome } from "./engine.ts";
import { isExecutable, onPath } from "./run.ts";
import { compareVersions } from "./versions.ts";

/** The resource plugins the program uses. */
export const pluginNames = ["kubernetes", "github", "postgresql", "random"] as const;
export type PluginName = (typeof pluginNames)[number];

/** Folder of each official plugin that is installed in a fitting version; undefined where there is none. */
export type OfficialPlugins = Record<PluginName, string | undefined>;

/**
 * The official plugins in $PULUMI_HOME/plugins: of exactly the version the npm SDK asks for, else a newer one of
 * the same major version, which the engine takes as well.
 */
export async function officialPlugins(): Promise<OfficialPlugins> {
  const found = await Promise.all(
    pluginNames.map(async (name) => [name, await installedPlugin(name)] as const),
  );
  return Object.fromEntries(found) as OfficialPlugins;
}

async function installedPlugin(name: PluginName): Promise<string | undefined> {
  const wanted = await wantedVersion(name);
  const folder = join(pulumiHome(), "plugins");
  const versions = (await readdir(folder).catch(() => []))
    .map((entry) => new RegExp(`^resource-${name}-v(\\d+\\.\\d+\\.\\d+)$`).exec(entry)?.[1])
    .filter((version) => version !== undefined)
    .filter(
      (version) => version.split(".")[0] === wanted.split(".")[0] && compareVersions(version, wanted) >= 0,
    )
    .sort(compareVersions);
  for (const version of versions) {
    const directory = join(folder, `resource-${name}-v${version}`);
    // A download the engine did not finish has a lock or an empty folder beside it.
    if (await isExecutable(join(directory, `pulumi-resource-${name}`))) return directory;
  }
  return undefined;
}

/** The plugin version that the installed npm SDK asks the engine for. */
export async function wantedVersion(name: PluginName): Promise<string> {
  const path = createRequire(import.meta.url).resolve(`@pulumi/${name}/package.json`);
  const { version } = JSON.parse(await readFile(path, "utf8")) as { version: string };
  return version.replace(/^v/, "");
}

/**
 * Path of pulumi-language-nodejs, which plain `pulumi up` in the project folder needs and inline programs do
 * not: beside the engine, on PATH, or in Pulumi's own folder.
 */
export async function findLanguageHost(engine: string): Promise<string | undefined> {
  const name = "pulumi-language-nodejs";
  const own = [join(dirname(engine), name), join(pulumiHome(), "bin", name)];
  const [beside, home] = await Promise.all(own.map(isExecutable));
  if (beside) return own[0];
  return (await onPath(name))[0] ?? (home ? own[1] : undefined);
}
