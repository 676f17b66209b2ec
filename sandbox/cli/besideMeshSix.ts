import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { Interruption } from "../../lib/cli/interruption.ts";
import { operateSandbox } from "../engine/operateSandbox.ts";
import { callersEnvironment, operationRole, type OperationReport, stackName } from "../engine/operations.ts";
import { WaitingLines } from "../engine/waitingLines.ts";
import { readToolchain } from "../engine/toolchainRecord.ts";
import { projectRoot } from "../place/directory.ts";
import { serviceContext, type Sandbox, toolchainFor } from "../place/sandbox.ts";
import type { Service, ServiceContext } from "../services/service.ts";
import { startServices } from "../services/start.ts";
import type { Screen } from "./screen.ts";
import { plainEnvironment } from "./status.ts";
import { summarize } from "./summary.ts";

/** A sandbox that is up, with services besides those of `up`. */
export interface Started {
  readonly context: ServiceContext;
  /** Names of the services that had to be started. */
  readonly started: readonly string[];
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Brings the sandbox up and starts the simulated mesh-six, or what else a command wants beside it.
 *
 * @param command - for the lines that say it did not begin
 * @returns the exit code where the program does not converge
 */
export async function bringUp(
  sandbox: Sandbox,
  screen: Screen,
  command: "smoke" | "e2e" | "release",
  services: readonly Service[],
): Promise<Started | number> {
  const { existing } = sandbox.credentials;
  if (existing.kubeconfig !== undefined || existing.github !== undefined)
    throw new Error(
      `${command} runs against a simulated mesh-six, which wants the sandbox's own cluster and GitHub; for ` +
        `what you brought, use npm run ${command} -- --stack ${stackName} (--kubeconfig own, --github-url own to return).`,
    );
  const say = screen.step;
  const interruption = new Interruption(() => {
    screen.line("Interrupted: what is under way is ended in an orderly manner…");
  });
  const waiting = new WaitingLines(say);
  const reports: OperationReport[] = [];
  const code = await operateSandbox(sandbox, {
    operation: "up",
    expectNoChanges: false,
    refreshFirst: false,
    allowStandIns: false,
    interruption,
    say,
    report(report) {
      reports.push(report);
      waiting.hear(report);
      screen.report(report, false);
    },
  }).finally(() => {
    waiting.end();
  });
  if (code !== 0) {
    screen.error(
      code === 130
        ? `${command} was interrupted before it began.`
        : `${command} did not begin: the program does not converge ("npm run sandbox" tells more).`,
    );
    screen.document({ operation: "up", succeeded: false, ...summarize(reports) });
    return code;
  }
  const context = serviceContext(sandbox, await (await toolchainFor(sandbox, say)).servers);
  const started = await startServices(services, context, sandbox.supervisor, sandbox.ports, say);
  interruption.signal.throwIfAborted();
  return { context, started, signal: interruption.signal };
}

/** A command of operations/. */
interface StackCommand {
  readonly name: "smoke" | "e2e" | "release";
  readonly args: readonly string[];
  /** Whether the document of `--json` is the command's; the stdout of any other goes to stderr then. */
  readonly documents: boolean;
}

/**
 * Runs a command of operations/ on the sandbox's stack, in a process of its own.
 *
 * @returns its exit code; 130 where it was interrupted
 * @throws AbortError where it was interrupted before
 */
export async function runOnStack(
  sandbox: Sandbox,
  screen: Pick<Screen, "json" | "leaveDocument">,
  { name, args, documents }: StackCommand,
  interrupted: AbortSignal,
): Promise<number> {
  // One that is aborted already tells no listener.
  interrupted.throwIfAborted();
  const toolchain = readToolchain(sandbox.directory);
  const file = join(projectRoot, "operations", `${name}.ts`);
  const json = screen.json && documents ? ["--json"] : [];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", file, "--stack", stackName, ...json, ...args],
    {
      cwd: projectRoot,
      // In a process group of its own: Ctrl-C reaches it once, from here.
      detached: true,
      stdio: ["ignore", screen.json && !documents ? 2 : 1, 2],
      env: {
        ...callersEnvironment(),
        ...plainEnvironment(sandbox.directory, toolchain?.plugins),
        // So that the next command ends it, should this one be killed.
        ...sandbox.supervisor.markFor(operationRole),
        PATH: [...(toolchain?.path ?? []), process.env["PATH"] ?? ""].join(delimiter),
      },
    },
  );
  const stop = () => child.kill("SIGINT");
  interrupted.addEventListener("abort", stop);
  return await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      if (documents) screen.leaveDocument();
    });
    child.once("exit", (code) => {
      resolve(interrupted.aborted ? 130 : (code ?? 1));
    });
  }).finally(() => {
    interrupted.removeEventListener("abort", stop);
  });
}
