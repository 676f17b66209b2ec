import { officialPlugins, pluginNames, type PluginName } from "../../toolchain/plugins.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import { standInDirectory, standInNotice } from "../plugins/install.ts";

export type PluginSources = Record<PluginName, "official" | "stand-in">;

/**
 * Decides for each plugin whether the official one or its stand-in is used, and says so when it is a stand-in.
 * MESH_SIX_PLUGINS overrules what is found: `official` (a missing one is an error), `stand-in`, `auto` (default).
 */
export async function choosePlugins(): Promise<{
  sources: PluginSources;
  official: Record<PluginName, string | undefined>;
}> {
  const wish = process.env["MESH_SIX_PLUGINS"] || "auto";
  if (!["auto", "official", "stand-in"].includes(wish)) {
    throw new Error(`MESH_SIX_PLUGINS is "${wish}"; expected auto, official or stand-in.`);
  }
  const found = await officialPlugins();
  const missing = pluginNames.filter((name) => found[name] === undefined);
  if (wish === "official" && missing.length > 0) {
    throw new Error(
      `MESH_SIX_PLUGINS=official, but Pulumi's ${missing.join(", ")} plugin is not installed: ` +
        'run "pulumi plugin install resource NAME", or leave MESH_SIX_PLUGINS away for a stand-in.',
    );
  }
  const official = Object.fromEntries(
    pluginNames.map((name) => [name, wish === "stand-in" ? undefined : found[name]]),
  ) as Record<PluginName, string | undefined>;
  const sources = Object.fromEntries(
    pluginNames.map((name) => [name, official[name] === undefined ? "stand-in" : "official"]),
  ) as PluginSources;
  return { sources, official };
}

/** Lays the chosen plugins out where the engine of this sandbox looks for them (PULUMI_HOME). */
export async function installPlugins(
  directory: SandboxDirectory,
  say: (line: string) => void,
): Promise<PluginSources> {
  const { sources, official } = await choosePlugins();
  const standIns = pluginNames.filter((name) => sources[name] === "stand-in");
  const folders = Object.values(official).filter((folder) => folder !== undefined);
  await standInDirectory(standIns, directory.pulumiHome, folders);
  const notice = standInNotice(standIns);
  if (notice !== undefined) say(notice);
  return sources;
}
