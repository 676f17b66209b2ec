import { readFileSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { untilInterrupted } from "../../lib/cli/endInOrder.ts";
import { memoryOf, processesWith } from "../../lib/process/processTable.ts";
import { nodeOptions } from "../../sandbox/engine/operations.ts";
import type { StateBackend } from "../../tests/support/engine/backendStack.ts";
import {
  execute,
  type Outcome,
  type SandboxStatus,
  stackEnvironment,
  type TestSandbox,
} from "../../tests/support/engine/sandbox.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One `up` of a program; what it is given goes into the program's environment. */
export type Up = (environment?: Readonly<Record<string, string>>) => Promise<void>;

/** `up` of the program on the sandbox's stack. */
export function upOfProgram(
  status: SandboxStatus,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const own = { NODE_OPTIONS: nodeOptions(), ...environment };
  return up(status, root, "sandbox", join(root, "index.ts"), own);
}

/**
 * A project of its own with a stack of its own, on the same plugins and services.
 *
 * @param folder - empty, for the project
 * @param file - the program, beside this file
 * @param backend - where the state goes; the folder where it is left out
 */
export async function prepareOther(
  folder: string,
  sandbox: TestSandbox,
  file: string,
  backend: StateBackend = { url: pathToFileURL(folder).href },
  stack = "other",
): Promise<Up> {
  const status = await sandbox.status();
  const settings = join(folder, `Pulumi.${stack}.yaml`);
  await writeFile(
    join(folder, "Pulumi.yaml"),
    "name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  // The engine looks for the SDK's dynamic provider from the project's folder.
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(
    settings,
    readFileSync(join(sandbox.directory, "workspace/Pulumi.sandbox.yaml")).toString().split("config:")[0] ??
      "",
  );
  const reached = JSON.stringify({
    kubeconfig: status.kubeconfig,
    database: status.databaseUrl,
    githubUrl: status.githubUrl,
    githubToken: status.githubToken,
  });
  const environment = {
    MESH_SIX_BENCH: reached,
    ...backend.environment,
    PULUMI_OPTION_CONFIG_FILE: settings,
    PULUMI_BACKEND_URL: backend.url,
  };
  const init = ["stack", "init", stack, "--cwd", folder, "--non-interactive"];
  check("stack init", await execute(status.engine.command, init, environmentOf(status, environment)));
  return (more) => up(status, folder, stack, join(import.meta.dirname, file), { ...environment, ...more });
}

/** `up` of a program, as the sandbox runs it: a process of its own, an inline program, no preview. */
async function up(
  status: SandboxStatus,
  workDir: string,
  stack: string,
  program: string,
  environment: Record<string, string>,
): Promise<void> {
  const args = [
    "--disable-warning=ExperimentalWarning",
    join(import.meta.dirname, "inlineUp.ts"),
    workDir,
    stack,
    program,
  ];
  const run = (signal: AbortSignal) =>
    execute(process.execPath, args, environmentOf(status, environment), signal);
  check("up", await untilInterrupted(run));
}

function environmentOf(status: SandboxStatus, environment: Record<string, string>): NodeJS.ProcessEnv {
  return {
    ...stackEnvironment(status),
    PULUMI_HOME: join(dirname(status.kubeconfig), "pulumi"),
    MESH_SIX_SANDBOX: join(dirname(status.kubeconfig), "targets.json"),
    MESH_SIX_ROOT: root,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...environment,
  };
}

function check(what: string, { code, stdout, stderr }: Outcome): void {
  if (code !== 0) throw new Error(`pulumi ${what} exited ${String(code)}: ${stdout}\n${stderr}`);
}

/**
 * Samples the memory of all processes with such a variable in their environment, until asked for the peak in bytes. Linux
 * only: elsewhere it is 0.
 */
export function watchMemory(isSo: (variable: string) => boolean): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(
      peak,
      processesWith(isSo).reduce((sum, pid) => sum + (memoryOf(pid) ?? 0), 0),
    );
  }, 250);
  return () => {
    clearInterval(timer);
    return peak;
  };
}
