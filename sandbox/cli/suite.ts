import { suggestion, UsageError } from "../../lib/cli/commandLine.ts";
import { table } from "../../lib/cli/table.ts";
import { faults, faultsBySuite, isFault } from "../emulators/meshSix/faults.ts";
import type { Sandbox } from "../place/sandbox.ts";
import { meshSix, type Simulation } from "../services/nodeService.ts";
import { bringUp, runOnStack } from "./besideMeshSix.ts";
import type { Screen } from "./screen.ts";

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
    const hint = suggestion(unknown, Object.keys(faults), "; --fault list prints them.");
    throw new UsageError(`There is no fault "${unknown}"${hint}`);
  }
  const seconds = Number(flags.pace ?? "2");
  if (!(seconds >= 0 && seconds <= 600)) throw new UsageError("--pace expects seconds, 0 to 600.");
  return { faults: [...new Set(flags.fault)].sort(), pace: seconds * 1_000 };
}

/**
 * Brings the sandbox up, starts the simulated mesh-six and runs the suite as a person runs it, in a process of its
 * own that knows the stack's outputs and no more. The exit code is the suite's.
 */
export async function runSuite(sandbox: Sandbox, screen: Screen, options: SuiteOptions): Promise<number> {
  const { suite, simulation, operands } = options;
  const up = await bringUp(sandbox, screen, suite, [meshSix(simulation)]);
  if (typeof up === "number") return up;
  const wrong = simulation.faults.length > 0 ? ` with ${simulation.faults.join(", ")}` : "";
  screen.step(`The simulated mesh-six ${up.started.length > 0 ? "is up" : "was up already"}${wrong}.`);
  const args = [...clock(options), ...operands];
  return runOnStack(sandbox, screen, { name: suite, args, documents: true }, up.signal);
}

/** The end-to-end test gets the simulation's fast clock, so that what is missing is missed soon. */
function clock({ suite, operands }: SuiteOptions): string[] {
  const option = "--timeouts-divided-by";
  const given = operands.some((operand) => operand.startsWith(option));
  return suite === "e2e" && !given ? [option, "20"] : [];
}
