import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { compileCache } from "../../toolchain/obtain/cacheDirectory.mjs";
import type { Toolchain } from "../../toolchain/resolve.ts";
import { projectRoot, type SandboxDirectory } from "../place/directory.ts";
import type { ProgressMessage } from "./progressReader.ts";
import type { Supervisor } from "../services/supervisor.ts";

export type Operation = "up" | "preview" | "refresh" | "destroy";

/** The input of the operation's process. */
export interface OperationRequest {
  readonly operation: Operation;
  readonly stack: string;
  readonly stackExists: boolean;
  /** The stack's settings file. */
  readonly settings: string;
  /** A folder to make the stack from, when it does not exist. */
  readonly workspace: string;
  readonly expectNoChanges: boolean;
  /** Whether `up` first reads every resource as it really is. */
  readonly refreshFirst: boolean;
  /** URNs of the only resources that are read by a refresh; empty for all. */
  readonly targets: readonly string[];
}

/** A message of the operation's process. */
export type OperationReport =
  | ProgressMessage
  | {
      readonly kind: "failed";
      readonly message: string;
      /** The person has stopped it, and knows. */
      readonly interrupted?: true;
    };

/** The name of the sandbox's stack. */
export const stackName = "sandbox";

/** The role under which an operation's processes are marked. */
export const operationRole = "operation";

/** The environment by which any Pulumi command, ours or a person's, works on the sandbox's stack. */
export function stackEnvironment(directory: SandboxDirectory): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: pathToFileURL(directory.state).href,
    PULUMI_STACK: stackName,
    PULUMI_CONFIG_PASSPHRASE_FILE: directory.passphrase,
    PULUMI_OPTION_CONFIG_FILE: directory.settings,
    NODE_COMPILE_CACHE: compileCache(),
    // Says what the program's enablePatchForce says to an official Kubernetes plugin older than that setting, such as
    // the one that builds from its Go module.
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
  };
}

/** NODE_OPTIONS of all that an operation starts, of the SDK's provider of dynamic resources too. */
export function nodeOptions(): string {
  const preload = `--require=${JSON.stringify(join(projectRoot, "toolchain/node/lazyModules.cjs"))}`;
  return [process.env["NODE_OPTIONS"] ?? "", preload].join(" ").trim();
}

/** The folders to be found first on PATH: our Node, the engine with its language host, dynamic providers. */
export function pathFolders(toolchain: Toolchain): string[] {
  const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
  const { engine, languageHost } = toolchain;
  const folders = [join(projectRoot, "node_modules/.bin"), dirname(engine.command), sdk];
  if (languageHost !== undefined) folders.push(dirname(languageHost));
  return [...new Set(folders)];
}

/**
 * Runs one operation in a process of its own and hands on its reports.
 * @returns 0 done, 1 failed, 130 interrupted
 */
export async function runOperation(
  request: OperationRequest,
  context: {
    readonly directory: SandboxDirectory;
    readonly toolchain: Toolchain;
    readonly supervisor: Supervisor;
    readonly allowStandIns: boolean;
    readonly interrupted: AbortSignal;
    readonly report: (report: OperationReport) => void;
  },
): Promise<number> {
  const { directory, toolchain, supervisor } = context;
  const log = openSync(directory.log("pulumi"), "a", 0o600);
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(projectRoot, "sandbox/engine/operation.ts")],
    {
      cwd: projectRoot,
      // In a process group of its own: Ctrl-C reaches it once, from here, and not also from the terminal.
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
      env: {
        ...callersEnvironment(),
        ...stackEnvironment(directory),
        ...supervisor.markFor(operationRole),
        ...(context.allowStandIns ? { MESH_SIX_ALLOW_STAND_INS: "1" } : {}),
        MESH_SIX_ROOT: projectRoot,
        NODE_OPTIONS: nodeOptions(),
        MESH_SIX_SANDBOX: directory.targets,
        PULUMI_HOME: directory.pulumiHome,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PATH: [...pathFolders(toolchain), process.env["PATH"] ?? ""].join(delimiter),
      },
    },
  );
  closeSync(log);
  const stop = () => child.kill("SIGINT");
  context.interrupted.addEventListener("abort", stop);
  child.on("message", (report: OperationReport) => {
    context.report(report);
  });
  child.send(request);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        if (context.interrupted.aborted) resolve(130);
        else if (signal) {
          context.report({
            kind: "failed",
            message: `The operation's process was ended by ${signal}. Run the same command again.`,
          });
          resolve(1);
        } else resolve(code ?? 1);
      });
    });
  } finally {
    context.interrupted.removeEventListener("abort", stop);
    // Nothing of an operation outlives it, also when its process was killed.
    await supervisor.endStrays(operationRole, 15_000);
  }
}

/** The caller's environment without what would lead the engine or a plugin to some other cluster, database or account. */
export function callersEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PULUMI_|PG[A-Z]|GITHUB_|GH_|KUBE|MESH_SIX_(ROOT|SANDBOX|ALLOW))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
