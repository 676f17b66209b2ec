import { readdir, realpath } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { build, findBuilt, type BuiltBinary, type Part, type PartContext } from "./part.ts";
import { isExecutable, onPath, run, type Outcome } from "../../lib/process/run.ts";
import { cacheDirectory } from "../obtain/cacheDirectory.mjs";
import { downloadsAllowed, mirror, unreachable } from "../obtain/download.ts";
import { step } from "../progress.ts";
import { compareVersions, versions } from "../versions.ts";

/** Pulumi's CLI, which holds the engine. */
export interface Engine {
  /** Path of the program. */
  readonly command: string;
  /** "3.276.0" */
  readonly version: string;
  /** On the machine already, fetched by the official launcher from npm, or built from its Go module. */
  readonly source: "path" | "launcher" | "built";
}

const binary: BuiltBinary = {
  name: "engine",
  title: "engine",
  target: {
    directory: join(import.meta.dirname, "..", "modules", "engine"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    define: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.engine },
  },
  // Where the Automation API looks for it under a root folder, and the name a person types.
  file: "bin/pulumi",
  links: [],
  memory: 2.5e9,
  expected: "about 6 min on 2 cores",
};

/** Pulumi's home: $PULUMI_HOME, by default ~/.pulumi. */
export function pulumiHome(): string {
  return process.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
}

/** Whether a CLI of that version runs this program: the one the project is tested with, or a newer 3.x. */
export function fits(version: string): boolean {
  return compareVersions(version, versions.engine) >= 0 && compareVersions(version, "4.0.0") < 0;
}

export const engine: Part<Engine> = {
  find: async () => {
    const present = await presentEngine();
    if (present !== undefined) return present;
    const directory = await findBuilt(binary);
    return directory === undefined ? undefined : builtEngine(directory);
  },
  obtain: async (context) => (await launchedEngine(context)) ?? builtEngine(await build(binary, context)),
};

/**
 * Lets Pulumi's official launcher, the npm package `pulumi`, fetch the CLI into $PULUMI_HOME/versions. It is
 * called by `npm exec` and is no dependency: node_modules/.bin/pulumi would hide the CLI a person has on PATH.
 */
async function launchedEngine(context: PartContext): Promise<Engine | undefined> {
  // The launcher fetches from fixed addresses, so it is of no use where only a mirror may be asked.
  if (!downloadsAllowed() || mirror() !== undefined) return undefined;
  const version = versions.engine;
  const command = join(pulumiHome(), "versions", version, "bin/pulumi");
  let reason = await unreachable("https://get.pulumi.com/install.sh", context.signal);
  if (reason === undefined) {
    const outcome = await step(
      context.progress,
      "downloading Pulumi's CLI by its official launcher",
      {},
      () =>
        run("npm", ["exec", "--yes", `--package=pulumi@${version}`, "--", "pulumi", "version"], {
          cwd: tmpdir(),
          env: { ...process.env, PULUMI_VERSION: version, npm_config_fetch_retries: "0" },
          signal: context.signal,
          limit: 600_000,
        }),
    );
    if ((await engineVersion(command)) === version) return { command, version, source: "launcher" };
    reason = lastWords(outcome);
  }
  context.progress(`the engine could not be downloaded, so it is built (${reason})`);
  return undefined;
}

function builtEngine(directory: string): Engine {
  return { command: join(directory, binary.file), version: versions.engine, source: "built" };
}

/** The reason in what npm and the launcher wrote: the last line that is not npm's own small talk. */
function lastWords(outcome: Outcome): string {
  const lines = outcome.stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^npm (warn|notice|info)|complete log/.test(line));
  return lines.at(-1)?.trim() ?? `the launcher ended with ${String(outcome.code)}`;
}

/** The first fitting CLI of PATH, then of Pulumi's own folders. */
async function presentEngine(): Promise<Engine | undefined> {
  const folder = join(pulumiHome(), "versions");
  const installed = (await readdir(folder).catch(() => []))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .sort(compareVersions)
    .reverse();
  const launched = installed.map((version) => join(folder, version, "bin/pulumi"));
  const own = [join(pulumiHome(), "bin/pulumi"), ...launched];
  const usable = await Promise.all(own.map(isExecutable));
  for (const command of [...(await onPath("pulumi")), ...own.filter((_, i) => usable[i])]) {
    const file = await realpath(command);
    // The launcher from npm would start a download just by being asked for its version.
    if (file.includes("node_modules")) continue;
    const version = await engineVersion(command);
    if (version === undefined || !fits(version)) continue;
    if (file.startsWith(cacheDirectory())) return { command, version, source: "built" };
    return { command, version, source: launched.includes(command) ? "launcher" : "path" };
  }
  return undefined;
}

async function engineVersion(command: string): Promise<string | undefined> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const outcome = await run(command, ["version"], { env, limit: 20_000 });
  return /^v?(\d+\.\d+\.\d+)/.exec(outcome.stdout.trim())?.[1];
}
