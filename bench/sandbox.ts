import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeOptions } from "../sandbox/engine/operations.ts";
import { memoryOf } from "../lib/process/processTable.ts";
import { execute, type Outcome, type SandboxStatus, TestSandbox } from "../tests/support/engine/sandbox.ts";
import { median, type Measurement, timed } from "./measurement.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repetitions = 5;

/** The sandbox's start, the no-op `up` beside the `up` of an empty program with the same plugins, and the memory. */
export async function benchmarkSandbox(report: (measurement: Measurement) => void): Promise<void> {
  const sandbox = await TestSandbox.create();
  const folder = await mkdtemp(join(tmpdir(), "mesh-six-bench-"));
  try {
    report({ what: "up, from nothing", value: await timed(() => sandbox.operate("up")), unit: "ms" });
    await sandbox.run(["down"]);
    const peak = watchMemory(sandbox.directory);
    report({
      what: "up, from stopped",
      value: await timed(() => sandbox.operate("up")),
      unit: "ms",
      limit: 30_000,
    });
    report({
      what: "peak memory of all processes (PSS)",
      value: peak() / 1024 / 1024,
      unit: "MB",
      limit: 1_536,
    });

    const status = await sandbox.status();
    const empty = await prepareEmpty(folder, sandbox, status);
    const ours: number[] = [];
    const theirs: number[] = [];
    const whole: number[] = [];
    await empty();
    // In turn, so that what else the machine does falls on both alike.
    for (let round = 0; round < repetitions; round++) {
      theirs.push(await timed(empty));
      ours.push(await timed(() => upOfProgram(status)));
      whole.push(await timed(() => sandbox.operate("up", "--expect-no-changes")));
    }
    report({ what: "up of an empty program, same plugins", value: median(theirs), unit: "ms" });
    report({ what: "up of the program, no changes", value: median(ours), unit: "ms" });
    report({
      what: "that, against the empty program",
      value: median(ours) / median(theirs),
      unit: "times",
      limit: 1.5,
    });
    report({ what: "npm run sandbox, no changes", value: median(whole), unit: "ms", limit: 10_000 });
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A project of its own with a stack of its own, on the same plugins and services. */
async function prepareEmpty(
  folder: string,
  sandbox: TestSandbox,
  status: SandboxStatus,
): Promise<() => Promise<void>> {
  await writeFile(
    join(folder, "Pulumi.yaml"),
    "name: empty\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  // The engine looks for the SDK's dynamic provider from the project's folder.
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(
    join(folder, "Pulumi.empty.yaml"),
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
    PULUMI_OPTION_CONFIG_FILE: join(folder, "Pulumi.empty.yaml"),
    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
  };
  const init = ["stack", "init", "empty", "--cwd", folder];
  check("stack init", await execute(status.engine.command, init, environmentOf(status, environment)));
  return () => up(status, folder, "empty", join(root, "bench/emptyProgram.ts"), environment);
}

/** `up` of the program on the sandbox's stack. */
export function upOfProgram(status: SandboxStatus): Promise<void> {
  return up(status, root, "sandbox", join(root, "index.ts"), { NODE_OPTIONS: nodeOptions() });
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
    join(root, "bench/inlineUp.ts"),
    workDir,
    stack,
    program,
  ];
  check("up", await execute(process.execPath, args, environmentOf(status, environment)));
}

function environmentOf(status: SandboxStatus, environment: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, ...own } = status.environment;
  return {
    ...process.env,
    ...own,
    PULUMI_HOME: join(dirname(status.kubeconfig), "pulumi"),
    MESH_SIX_SANDBOX: join(dirname(status.kubeconfig), "targets.json"),
    MESH_SIX_ROOT: root,
    ...environment,
    PATH: [...PATH, process.env["PATH"]].join(":"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

function check(what: string, { code, stdout, stderr }: Outcome): void {
  if (code !== 0) throw new Error(`pulumi ${what} exited ${String(code)}: ${stdout}\n${stderr}`);
}

/** Samples the memory of every process of the sandbox until asked for the peak. */
function watchMemory(directory: string): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, memoryOfAll(directory));
  }, 250);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

/** Services and operations carry the sandbox's mark in their environment, and so do the plugins they start. */
function memoryOfAll(directory: string): number {
  if (process.platform !== "linux") return 0;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(
          `MESH_SIX_SANDBOX_PROCESS=${directory}:`,
        );
      } catch {
        return false; // gone meanwhile, or another user's
      }
    })
    .reduce((sum, pid) => sum + (memoryOf(Number(pid)) ?? 0), 0);
}
