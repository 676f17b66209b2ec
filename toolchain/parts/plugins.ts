import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { contentKey } from "../obtain/cache.ts";
import { cacheDirectory } from "../obtain/cacheDirectory.mjs";
import { downloadsAllowed, mirror, unreachable } from "../obtain/download.ts";
import { pulumiHome } from "./engine.ts";
import { step, type Progress } from "../progress.ts";
import { isExecutable, onPath, run } from "../../lib/process/run.ts";
import { compareVersions } from "../versions.ts";

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

/** Milliseconds for which a failed download of plugins is remembered, so that not every start pays for it. */
const patience = 3_600_000;

/**
 * Lets the engine download the official plugins that are missing. Where that fails, it says so in one line,
 * and for an hour nothing is tried again; the stand-ins serve until then.
 */
export async function installMissingPlugins(
  engine: string,
  options: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  // A mirror of the user's for plugins is the engine's own setting.
  const redirected = process.env["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"] !== undefined;
  if (!downloadsAllowed() || (mirror() !== undefined && !redirected)) return;
  const present = await officialPlugins();
  const missing = pluginNames.filter((name) => present[name] === undefined);
  if (missing.length === 0) return;
  const wanted = await Promise.all(missing.map(async (name) => `${name} ${await wantedVersion(name)}`));
  const memory = join(cacheDirectory(), `plugins-unavailable-${contentKey([pulumiHome(), ...wanted])}`);
  const failedAt = await stat(memory).then(
    (status) => status.mtimeMs,
    () => 0,
  );
  if (Date.now() - failedAt < patience) return;
  const reason = await install(engine, wanted, { ...options, redirected });
  if (reason === undefined) return;
  // A cache that can only be read, as one shared by many, remembers nothing; everything else goes on.
  const remembered = await mkdir(cacheDirectory(), { recursive: true })
    .then(() => writeFile(memory, `${reason}\n`))
    .then(
      () => `; tried again in an hour, or remove ${memory}`,
      () => "",
    );
  options.progress(`official plugins could not be downloaded (${reason})${remembered}`);
}

async function install(
  engine: string,
  wanted: readonly string[],
  options: { readonly progress: Progress; readonly signal: AbortSignal; readonly redirected: boolean },
): Promise<string | undefined> {
  const address = "https://get.pulumi.com/install.sh";
  // Asked first: the engine itself tries an address that does not answer for minutes.
  const reason = options.redirected ? undefined : await unreachable(address, options.signal);
  if (reason !== undefined) return reason;
  return step(options.progress, `downloading the official plugins ${wanted.join(", ")}`, {}, async () => {
    const outcomes = await Promise.all(
      wanted.map((plugin) =>
        run(engine, ["plugin", "install", "resource", ...plugin.split(" ")], {
          env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
          signal: options.signal,
          limit: 300_000,
        }),
      ),
    );
    const failed = outcomes.find((outcome) => outcome.code !== 0);
    return failed === undefined ? undefined : (failed.stderr.trim().split("\n").at(-1) ?? "no reason given");
  });
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
