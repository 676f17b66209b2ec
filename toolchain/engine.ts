import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { build, findBuilt, type BuiltBinary, type Part, type Workshop } from "./part.ts";
import { isExecutable, onPath, run } from "./run.ts";
import { compareVersions, versions } from "./versions.ts";

/** Pulumi's CLI, which holds the engine. */
export interface Engine {
  /** Path of the program. */
  readonly command: string;
  /** "3.250.0" */
  readonly version: string;
  /** On the machine already, fetched by the official launcher from npm, or built from its Go module. */
  readonly source: "path" | "launcher" | "built";
}

const binary: BuiltBinary = {
  name: "engine",
  target: {
    directory: join(import.meta.dirname, "engine"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    define: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.engine },
  },
  // Where the Automation API looks for it under a root folder, and the name a person types.
  file: "bin/pulumi",
  links: [],
  expected: "about 6 min on 2 cores",
};

/** Where Pulumi keeps its own things: $PULUMI_HOME, by default ~/.pulumi. */
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
  obtain: async (workshop: Workshop) => builtEngine(await build(binary, workshop)),
};

function builtEngine(directory: string): Engine {
  return { command: join(directory, binary.file), version: versions.engine, source: "built" };
}

/** The first fitting CLI of PATH, then of Pulumi's own folders. */
async function presentEngine(): Promise<Engine | undefined> {
  const folder = join(pulumiHome(), "versions");
  const installed = (await readdir(folder).catch(() => [])).sort(compareVersions).reverse();
  const own = [
    join(pulumiHome(), "bin/pulumi"),
    ...installed.map((version) => join(folder, version, "bin/pulumi")),
  ];
  const usable = await Promise.all(own.map(isExecutable));
  for (const command of [...(await onPath("pulumi")), ...own.filter((_, i) => usable[i])]) {
    // An npm launcher on PATH would start a download just by being asked for its version.
    if (dirname(command).endsWith("node_modules/.bin")) continue;
    const version = await engineVersion(command);
    if (version !== undefined && fits(version)) return { command, version, source: "path" };
  }
  return undefined;
}

async function engineVersion(command: string): Promise<string | undefined> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const outcome = await run(command, ["version"], { env, limit: 20_000 });
  return /^v?(\d+\.\d+\.\d+)/.exec(outcome.stdout.trim())?.[1];
}
