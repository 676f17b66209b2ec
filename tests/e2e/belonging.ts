import type { EventRow } from "../live/events.ts";
import { isValues, textAt } from "../live/values.ts";

/** The issue of this run, and what is known to belong to it. */
export interface IssueIdentity {
  readonly owner: string;
  readonly repository: string;
  readonly number: number;
  /** Ids of its workflows, as pm_workflow_instances has them. */
  readonly workflows: readonly string[];
  /** Those of issues with the same number in other repositories: an event may say no more than the number. */
  readonly otherWorkflows: readonly string[];
}

/**
 * The events that this issue has caused: those that name it, those of its workflow, and those that share their
 * trace or task, step by step. An event that names another issue never belongs, and a trace or task that
 * another issue shares proves nothing.
 *
 * @param events - since the start of the run, in the order they were written
 */
export function eventsOf(issue: IssueIdentity, events: readonly EventRow[]): readonly EventRow[] {
  const named = new Map(
    events.map((event) => [
      event,
      issue.otherWorkflows.includes(event.trace_id) ? "another" : names(issue, event),
    ]),
  );
  const links = (event: EventRow) =>
    [event.trace_id && `trace ${event.trace_id}`, event.task_id && `task ${event.task_id}`].filter(
      (link): link is string => typeof link === "string" && link !== "",
    );
  const foreign = new Set(events.filter((event) => named.get(event) === "another").flatMap(links));
  const own = new Set(issue.workflows.map((workflow) => `trace ${workflow}`));
  const belonging = new Set<EventRow>();
  for (let grown = true; grown;) {
    grown = false;
    for (const event of events) {
      if (belonging.has(event) || named.get(event) === "another") continue;
      const linked = links(event).some((link) => own.has(link) && !foreign.has(link));
      if (named.get(event) !== "this" && !linked) continue;
      belonging.add(event);
      for (const link of links(event)) own.add(link);
      grown = true;
    }
  }
  return events.filter((event) => belonging.has(event));
}

/** The issue that an event's own words name. */
function names(issue: IssueIdentity, { payload, aggregate_id }: EventRow): "this" | "another" | "nothing" {
  const number = isValues(payload)
    ? numberOf(payload["issueNumber"] ?? payload["issue_number"] ?? payload["issue"])
    : undefined;
  const repository = repositoryOf(payload);
  if (number !== undefined) {
    const same = number === issue.number && (repository === undefined || matches(issue, repository));
    return same ? "this" : "another";
  }
  const aggregate = /^(?:issue:)?([\w.-]+\/[\w.-]+)[#/](\d+)$/.exec(aggregate_id ?? "");
  if (aggregate === null) return "nothing";
  const same = Number(aggregate[2]) === issue.number && matches(issue, aggregate[1] ?? "");
  return same ? "this" : "another";
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^#?\d+$/.test(value)) return Number(value.replace("#", ""));
  return isValues(value) ? numberOf(value["number"]) : undefined;
}

/** `owner/name`, or the name alone where the owner is not said; the event's own, or that of the issue in it. */
function repositoryOf(about: unknown): string | undefined {
  if (!isValues(about)) return undefined;
  const name = textAt(about, "repoName", "repo_name", "repo", "repository");
  const owner = textAt(about, "repoOwner", "repo_owner", "owner");
  if (name !== undefined) return name.includes("/") || owner === undefined ? name : `${owner}/${name}`;
  const inner = about["repository"] ?? about["repo"];
  if (!isValues(inner)) return repositoryOf(about["issue"]);
  const its = textAt(inner, "owner") ?? textAt(inner["owner"], "login");
  const short = textAt(inner, "name");
  return (
    textAt(inner, "full_name", "fullName", "nameWithOwner") ??
    (short !== undefined && its !== undefined ? `${its}/${short}` : short)
  );
}

function matches({ owner, repository }: IssueIdentity, name: string): boolean {
  const full = `${owner}/${repository}`.toLowerCase();
  return name.toLowerCase() === (name.includes("/") ? full : repository.toLowerCase());
}
