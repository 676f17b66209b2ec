import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { memoryOf } from "../sandbox/processTable.ts";
import { execute, type SandboxStatus, TestSandbox } from "../tests/support/sandbox.ts";
import type { Measurement } from "./database.ts";

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
      ours.push(await timed(() => plainUp(status, root, "sandbox", {})));
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
    "name: empty\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n",
  );
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(
    join(folder, "index.ts"),
    `import ${JSON.stringify(join(root, "bench/emptyProgram.ts"))};\n`,
  );
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
  await pulumi(status, folder, ["stack", "init", "empty"], environment);
  return () => plainUp(status, folder, "empty", environment);
}

function plainUp(
  status: SandboxStatus,
  cwd: string,
  stack: string,
  environment: Record<string, string>,
): Promise<void> {
  return pulumi(
    status,
    cwd,
    ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
    environment,
  );
}

/** The engine's command line, as a person calls it. */
async function pulumi(
  status: SandboxStatus,
  cwd: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<void> {
  const { PATH, ...own } = status.environment;
  const env = {
    ...process.env,
    ...own,
    ...environment,
    PATH: [...PATH, process.env["PATH"]].join(":"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const outcome = await execute(status.engine.command, [...args, "--cwd", cwd], env);
  if (outcome.code !== 0) throw new Error(`pulumi ${args.join(" ")}: ${outcome.stdout}\n${outcome.stderr}`);
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

async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
