import { findKubernetesPlugin } from "../../toolchain/parts/kubernetesPlugin.ts";
import { resolveKubernetesPlugin } from "../../toolchain/resolve.ts";
import {
  officialPlugins,
  pluginNames,
  wantedVersion,
  type PluginName,
} from "../../toolchain/parts/plugins.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import { standInDirectory, standInNotice, type LaidPlugin } from "../plugins/install.ts";

/** `built` is the official plugin too, from its Go module and therefore of an older version. */
export type PluginSources = Record<PluginName, "official" | "built" | "stand-in">;

const wishes = ["auto", "official", "stand-in"] as const;
type Wish = (typeof wishes)[number];

/**
 * Reads MESH_SIX_PLUGINS: one word for all plugins, and `NAME=WORD` for single ones, with commas between:
 * `stand-in,kubernetes=official`.
 *
 * @throws one line that names the part that is wrong
 */
export function readWishes(text: string): Record<PluginName, Wish> {
  const chosen = Object.fromEntries(pluginNames.map((name) => [name, "auto"])) as Record<PluginName, Wish>;
  for (const part of text.split(",").filter((part) => part !== "")) {
    const [, name, word = part] = /^([^=]*)=(.*)$/.exec(part) ?? [];
    const known = pluginNames.filter((plugin) => name === undefined || plugin === name);
    const wish = wishes.find((one) => one === word);
    if (wish === undefined || known.length === 0) {
      throw new Error(
        `MESH_SIX_PLUGINS is "${text}"; expected auto, official or stand-in, and after a comma ` +
          `NAME=WORD for one of ${pluginNames.join(", ")}; got "${part}".`,
      );
    }
    for (const plugin of known) chosen[plugin] = wish;
  }
  return chosen;
}

/**
 * Decides for each plugin whether the official one or its stand-in is used. MESH_SIX_PLUGINS overrules what is
 * found: `official` (a missing one is an error), `stand-in`, `auto` (default).
 */
export async function choosePlugins(): Promise<{ sources: PluginSources; laid: readonly LaidPlugin[] }> {
  const wish = readWishes(process.env["MESH_SIX_PLUGINS"] ?? "");
  const found = await officialPlugins();
  const sources = {} as PluginSources;
  const laid: LaidPlugin[] = [];
  const missing: PluginName[] = [];
  for (const name of pluginNames) {
    sources[name] = "stand-in";
    if (wish[name] === "stand-in") continue;
    const folder = found[name];
    if (folder !== undefined) {
      sources[name] = "official";
      laid.push({ folder });
      continue;
    }
    if (wish[name] !== "official") continue;
    const built = name === "kubernetes" ? await findKubernetesPlugin() : undefined;
    if (built === undefined) missing.push(name);
    else {
      sources[name] = "built";
      laid.push({ folder: built, as: `resource-${name}-v${await wantedVersion(name)}` });
    }
  }
  if (missing.length > 0) {
    throw new Error(
      `MESH_SIX_PLUGINS=${process.env["MESH_SIX_PLUGINS"] ?? ""}, but Pulumi's ${missing.join(", ")} plugin is not installed: ` +
        'run "pulumi plugin install resource NAME", or leave MESH_SIX_PLUGINS away for a stand-in.',
    );
  }
  return { sources, laid };
}

/** Obtains the official Kubernetes plugin where it is all that is missing of what MESH_SIX_PLUGINS asks for. */
export async function obtainWished(progress: (line: string) => void): Promise<void> {
  const wish = readWishes(process.env["MESH_SIX_PLUGINS"] ?? "");
  const found = await officialPlugins();
  const missing = pluginNames.filter((name) => wish[name] === "official" && found[name] === undefined);
  // None of the others can be built, so nothing is built for a choice that fails anyway.
  if (missing.length === 1 && missing[0] === "kubernetes") await resolveKubernetesPlugin(progress);
}

/** Lays the chosen plugins out where the engine of this sandbox looks for them (PULUMI_HOME). */
export async function installPlugins(
  directory: SandboxDirectory,
  say: (line: string) => void,
): Promise<PluginSources> {
  await obtainWished(say);
  const { sources, laid } = await choosePlugins();
  const standIns = pluginNames.filter((name) => sources[name] === "stand-in");
  await standInDirectory(standIns, directory.pulumiHome, laid);
  const notice = standInNotice(standIns);
  if (notice !== undefined) say(notice);
  return sources;
}
