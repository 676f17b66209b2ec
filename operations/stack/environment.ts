import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, delimiter } from "node:path";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { engine } from "../../toolchain/parts/engine.ts";
import { findLanguageHost } from "../../toolchain/parts/plugins.ts";

/** The project's folder. */
export const projectRoot = dirname(dirname(import.meta.dirname));

/** The environment in which Pulumi runs for a stack. */
export interface StackEnvironment {
  readonly variables: NodeJS.ProcessEnv;
  /** Path of pulumi. */
  readonly engine: string;
  /** Path of pulumi-language-nodejs, which policy packs need; undefined where there is none. */
  readonly languageHost: string | undefined;
}

/**
 * The environment in which Pulumi works on the stack: the caller's own; for the sandbox's stack, when the caller's
 * names no backend, that of the sandbox in this folder. The project's Node, the engine and the dynamic providers
 * are found first.
 *
 * @throws Error when the machine has no Pulumi
 */
export async function stackEnvironment(stack: string): Promise<StackEnvironment> {
  const found = await engine.find();
  if (found === undefined) {
    throw new Error(
      "pulumi: expected its command line, found none; install it (https://www.pulumi.com/docs/install) or run npm run sandbox once, which makes one",
    );
  }
  const languageHost = await findLanguageHost(found.command);
  const own = process.env["PULUMI_BACKEND_URL"] === undefined && stack === "sandbox" ? await sandbox() : {};
  const folders = [
    join(projectRoot, "node_modules/.bin"),
    dirname(found.command),
    dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json")),
    ...(languageHost === undefined ? [] : [dirname(languageHost)]),
    process.env["PATH"] ?? "",
  ];
  const variables = {
    ...process.env,
    ...own,
    PATH: folders.join(delimiter),
    MESH_SIX_ROOT: projectRoot,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return { variables, engine: found.command, languageHost };
}

/** Variables for reaching the sandbox in the project's folder; none when there is no sandbox. */
async function sandbox(): Promise<Record<string, string>> {
  if (!existsSync(join(projectRoot, ".sandbox"))) return {};
  const cli = join(projectRoot, "sandbox/cli/main.ts");
  // Its exit code tells whether all services run; what it says is the same.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, "status", "--json", "--show-secrets"],
    {
      maxBuffer: 16 * 1024 * 1024,
    },
  ).catch((error: unknown) => error as { stdout: string });
  const { environment = {} } = JSON.parse(stdout) as { environment?: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
