import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { suggestion, UsageError } from "../../lib/cli/commandLine.ts";
import { converge } from "../engine/converge.ts";
import { projectRoot } from "../place/directory.ts";
import { Interruption } from "../../lib/cli/interruption.ts";
import { faults, faultsBySuite, isFault } from "../emulators/meshSix/faults.ts";
import { callersEnvironment, type OperationReport, stackName } from "../engine/operations.ts";
import { Patience } from "../engine/patience.ts";
import { readToolchain } from "../engine/record.ts";
import { table } from "../../lib/cli/table.ts";
import type { Screen } from "./screen.ts";
import { meshSix, type Simulation } from "../services/nodeService.ts";
import { startServices } from "../services/start.ts";
import { serviceContext, type Session, toolchainFor } from "../place/session.ts";
import { plainEnvironment } from "./status.ts";
import { summarize } from "./summary.ts";

export interface SuiteOptions {
  readonly suite: "smoke" | "e2e";
  readonly simulation: Simulation;
  /** Further arguments of the suite. */
  readonly operands: readonly string[];
}

/** Prints every fault with its meaning, and which suite fails with it. */
export function listFaults(screen: Screen): number {
  for (const [suite, group] of Object.entries(faultsBySuite)) {
    screen.line(`Noticed by ${suite}:`);
    for (const line of table(Object.entries(group).map(([name, meaning]) => [`  ${name}`, meaning])))
      screen.line(line);
  }
  screen.document({ faults });
  return 0;
}

/** @throws UsageError for a fault that does not exist, or a pace that is none */
export function readSimulation(flags: {
  readonly fault?: readonly string[];
  readonly pace?: string;
}): Simulation {
  const unknown = (flags.fault ?? []).find((name) => !isFault(name));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, Object.keys(faults));
    const further = hint.startsWith(":") ? hint : "; --fault list prints them.";
    throw new UsageError(`There is no fault "${unknown}"${further}`);
  }
  const seconds = Number(flags.pace ?? "2");
  if (!(seconds >= 0 && seconds <= 600)) throw new UsageError("--pace expects seconds, 0 to 600.");
  return { faults: [...new Set(flags.fault)].sort(), pace: seconds * 1_000 };
}

/**
 * Brings the sandbox up, starts the simulated mesh-six and runs the suite as a person runs it, in a process of its
 * own that knows the stack's outputs and no more. The exit code is the suite's.
 */
export async function runSuite(session: Session, screen: Screen, options: SuiteOptions): Promise<number> {
  if (
    session.credentials.existing.kubeconfig !== undefined ||
    session.credentials.existing.github !== undefined
  )
    throw new Error(
      `${options.suite} runs against a simulated mesh-six, which wants the sandbox's own cluster and GitHub; for ` +
        `what you brought, use npm run ${options.suite} -- --stack ${stackName} (--kubeconfig own, --github-url own to return).`,
    );
  const say = screen.step;
  const interruption = new Interruption(() => {
    screen.line("Interrupted: what is under way is ended in an orderly manner…");
  });
  const patience = new Patience(say);
  const reports: OperationReport[] = [];
  const code = await converge(session, {
    operation: "up",
    expectNoChanges: false,
    refreshFirst: false,
    allowStandIns: false,
    interruption,
    say,
    report(report) {
      reports.push(report);
      patience.hear(report);
      screen.report(report, false);
    },
  }).finally(() => {
    patience.end();
  });
  if (code !== 0) {
    screen.error(
      code === 130
        ? `${options.suite} was interrupted before it began.`
        : `${options.suite} did not begin: the program does not converge ("npm run sandbox" tells more).`,
    );
    screen.document({ operation: "up", succeeded: false, ...summarize(reports) });
    return code;
  }
  const context = serviceContext(session, await (await toolchainFor(session, say)).servers);
  const started = await startServices(
    [meshSix(options.simulation)],
    context,
    session.supervisor,
    session.ports,
    say,
  );
  const wrong = options.simulation.faults.length > 0 ? ` with ${options.simulation.faults.join(", ")}` : "";
  say(`The simulated mesh-six ${started.length > 0 ? "is up" : "was up already"}${wrong}.`);
  interruption.signal.throwIfAborted();
  screen.leaveDocument();
  return run(session, options, screen.json, interruption.signal);
}

function run(
  session: Session,
  options: SuiteOptions,
  json: boolean,
  interrupted: AbortSignal,
): Promise<number> {
  const toolchain = readToolchain(session.directory);
  const file = join(projectRoot, "operations", `${options.suite}.ts`);
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      file,
      "--stack",
      stackName,
      ...(json ? ["--json"] : []),
      ...clock(options),
      ...options.operands,
    ],
    {
      cwd: projectRoot,
      // In a process group of its own: Ctrl-C reaches it once, from here.
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...callersEnvironment(),
        ...plainEnvironment(session.directory, toolchain?.plugins),
        PATH: [...(toolchain?.path ?? []), process.env["PATH"] ?? ""].join(delimiter),
      },
    },
  );
  const stop = () => child.kill("SIGINT");
  interrupted.addEventListener("abort", stop);
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(interrupted.aborted ? 130 : (code ?? 1));
    });
  }).finally(() => {
    interrupted.removeEventListener("abort", stop);
  });
}

/** The end-to-end test is told of the simulation's fast clock, so that what is missing is missed soon. */
function clock({ suite, operands }: SuiteOptions): string[] {
  const option = "--timeouts-divided-by";
  const given = operands.some((operand) => operand.startsWith(option));
  return suite === "e2e" && !given ? [option, "20"] : [];
}
