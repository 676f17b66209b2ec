import { join } from "node:path";
import process from "node:process";
import { run } from "../../../lib/process/run.ts";
import { type PlannedObject, titleOf } from "../../../preflight/adoption/document.ts";
import { fieldLines, outcomeLine, problemOf } from "../../../preflight/adoption/planText.ts";
import type { Settings } from "../../../settings/settings.ts";
import type { Remark } from "../../preview/digest.ts";
import { projectRoot } from "../../stack/environment.ts";
import type { PulumiCall } from "../../stack/pulumi.ts";
import { type Finding, type Item, failures, pass, severally, skipped, warn } from "../examination.ts";

/** The answer of `npm run adopt -- --json`, as far as it is read. */
interface Plan {
  readonly objects: readonly PlannedObject[];
  readonly errors: readonly Remark[];
}

/** Longest time for `lookAtAdoption`, which runs the whole program, in milliseconds. */
export const programTime = 600_000;

/**
 * Shows the outcome for existing objects when they are taken over. Asks the command that knows it, in a process of
 * its own: it runs the program.
 */
export async function lookAtAdoption(
  { adopt }: Settings,
  { stack, environment }: Omit<PulumiCall, "command">,
): Promise<Finding<readonly PlannedObject[]>> {
  if (!adopt) return skipped("mesh-six:adopt is false: nothing that exists is taken over", []);
  const alone = `npm run adopt -- --stack ${stack}`;
  const command = join(projectRoot, "operations/adopt.ts");
  const args = ["--disable-warning=ExperimentalWarning", command, "--stack", stack, "--json"];
  const { stdout, stderr } = await run(process.execPath, args, { cwd: projectRoot, env: environment });
  let plan: Plan;
  try {
    plan = JSON.parse(stdout) as Plan;
  } catch {
    return warn(`the plan cannot be made: ${stderr.trim().split("\n").at(-1) ?? ""}`, alone, []);
  }
  const { objects, errors } = plan;
  const [other] = errors.filter(({ repeats }) => repeats !== "adoption");
  if (other !== undefined) {
    return warn(
      `the plan may be incomplete, since the preview failed: ${other.message.split("\n")[0] ?? ""}`,
      alone,
      objects,
    );
  }
  if (objects.length === 0) return pass("nothing is left to take over", objects);
  const count = (outcome: PlannedObject["outcome"]) =>
    objects.filter((one) => one.outcome === outcome).length;
  const counts = (["made", "unchanged", "changed", "unknown"] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  return pass(
    `${objects.length} objects: ${counts.join(", ")}; ${alone} shows whose the others are`,
    objects,
  );
}

/** A line for each object, the worst first. */
export function adoptionItems(objects: readonly PlannedObject[]): Item[] {
  return [...objects]
    .sort((a, b) => rankOf(a) - rankOf(b) || (titleOf(a) < titleOf(b) ? -1 : 1))
    .map((planned) => [`adoption of ${titleOf(planned)}`, () => findingOf(planned)]);
}

function rankOf({ refusals, risk, outcome }: PlannedObject): number {
  if (refusals.length > 0) return 0;
  if (risk === "data") return 1;
  if (risk === "access") return 2;
  return 3 + ["unknown", "changed", "unchanged", "made"].indexOf(outcome);
}

function findingOf(planned: PlannedObject): Finding {
  const { refusals, risk, outcome } = planned;
  if (refusals.length > 0) return failures(refusals.map(problemOf));
  const warned = outcome === "unknown" || (risk !== undefined && risk !== "other");
  const remedy = warned ? "declare what is to stay in the settings, or name it in mesh-six:adoptKeep" : "";
  return severally(
    warned ? "warn" : "pass",
    [outcomeLine(planned), ...fieldLines(planned)].map((said) => ({ said, remedy })),
  );
}
