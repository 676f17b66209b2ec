import type { Board, Workflow } from "./model.ts";
import type { BoardPlan } from "./plan.ts";

/** Built-in workflows that neither move nor hide a card. */
const harmless: ReadonlySet<string> = new Set(["auto-add sub-issues to project"]);

/**
 * The enabled workflows that can move, add or hide cards behind the back of the workflow engine. All that is not known
 * to be harmless counts: GitHub adds workflows, and people name those that they make.
 */
export function meddling({ workflows }: Board): readonly Workflow[] {
  return workflows.nodes.filter(({ name, enabled }) => enabled && !harmless.has(name.toLowerCase()));
}

/** A line for each workflow that is switched off. */
export function workflowsThatGo({ url, workflows }: Board, { mutations }: BoardPlan): string[] {
  const ids = new Set(mutations.map(({ input }) => input["workflowId"]));
  const going = workflows.nodes.filter(({ id }) => ids.has(id));
  return going.map(
    ({ name }) =>
      `board ${url}: the workflow "${name}" is switched off, for it can move or hide cards; keepWorkflows keeps it`,
  );
}
