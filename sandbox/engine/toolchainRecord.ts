import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { Toolchain } from "../../toolchain/resolve.ts";
import type { SandboxDirectory } from "../place/directory.ts";
import { readJson, writeJson } from "../../lib/process/files.ts";
import { pathFolders } from "./operations.ts";
import type { PluginSources } from "./pluginChoice.ts";

/** The tools of the last operation; `status` reads them without looking for (or building) anything. */
export interface ToolchainRecord {
  readonly engine: Toolchain["engine"];
  readonly languageHost: string | undefined;
  readonly controlPlane: Toolchain["controlPlaneSource"];
  readonly plugins: PluginSources;
  /** To be put first on PATH for plain `pulumi`. */
  readonly path: readonly string[];
  /** One file that is kubectl, whatever it is made of. */
  readonly kubectl: string;
}

export function recordToolchain(
  directory: SandboxDirectory,
  toolchain: Toolchain,
  plugins: PluginSources,
): void {
  writeJson(directory.toolchain, {
    engine: toolchain.engine,
    languageHost: toolchain.languageHost,
    controlPlane: toolchain.controlPlaneSource,
    plugins,
    path: pathFolders(toolchain),
    kubectl: linkKubectl(directory, toolchain.kubectl),
  } satisfies ToolchainRecord);
}

export function readToolchain(directory: SandboxDirectory): ToolchainRecord | undefined {
  return readJson<ToolchainRecord>(directory.toolchain);
}

/** A link named kubectl: the control plane's one binary takes its part from the name it is called by. */
function linkKubectl(directory: SandboxDirectory, argv: readonly string[]): string {
  const [program = "", part] = argv;
  if (part === undefined && basename(program) === "kubectl") return program;
  mkdirSync(directory.programs, { recursive: true });
  const link = join(directory.programs, "kubectl");
  rmSync(`${link}.new`, { force: true });
  symlinkSync(program, `${link}.new`);
  renameSync(`${link}.new`, link);
  return link;
}
