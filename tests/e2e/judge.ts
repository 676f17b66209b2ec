import type { EventRow } from "../live/events.ts";
import { textAt } from "../live/values.ts";
import { columns } from "./stages.ts";

export interface Comment {
  readonly id: string;
  readonly body: string;
  /** ISO, by GitHub's clock. */
  readonly createdAt: string;
}

export interface PullRequest {
  readonly number: number;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly title: string;
  readonly body: string;
  readonly headRefName: string;
  readonly createdAt: string;
  readonly url: string;
}

export function isGuidance({ body }: Comment): boolean {
  return /Architect Guidance|Technical Recommendation/i.test(body);
}

/** The parts of a plan that a comment lacks: headings, a task list (numbered or not), and some length. */
export function lacksOfPlan({ body }: Comment): readonly string[] {
  return [
    ...(/^ {0,3}#{1,6}\s+\S/m.test(body) ? [] : ["headings"]),
    ...(/^\s*(?:[-*+]|\d+[.)]) \[[ xX]\]\s+\S/m.test(body) ? [] : ["a task list"]),
    ...(body.length > 500 ? [] : [`over 500 characters (it has ${String(body.length)})`]),
  ];
}

export function isPlan(comment: Comment): boolean {
  return lacksOfPlan(comment).length === 0;
}

/** The result of the tests: passed, failed, or a test with a tick. */
export function isVerdict({ body }: Comment): boolean {
  const tick = /[✅✓✔☑]|:(white_check_mark|heavy_check_mark|ballot_box_with_check):|\[[xX]\]/u;
  return /\b(passed|failed)\b/i.test(body) || (/\btest/i.test(body) && tick.test(body));
}

/** Whether a pull request names the issue: `#12`, its address, or a branch such as `issue-12`. */
export function namesIssue(
  { title, body, headRefName }: PullRequest,
  issue: { readonly owner: string; readonly repository: string; readonly number: number },
): boolean {
  const { owner, repository, number } = issue;
  const full = `${owner}/${repository}`.replaceAll(/[.]/g, "\\.");
  const n = String(number);
  // "#12" of another repository is written as "owner/name#12".
  const reference = new RegExp(`(^|[^\\w/#-])#${n}(?!\\d)|(^|[^\\w.-])${full}(#|/issues/)${n}(?!\\d)`, "im");
  const branch = new RegExp(`(^|[/_-])issue[/_-]?${n}(?!\\d)`, "i");
  return reference.test(title) || reference.test(body) || branch.test(headRefName);
}

/** The columns by the workflow's names for them as states. */
const states: Readonly<Record<string, number>> = {
  TODO: 0,
  INTAKE: 0,
  PLANNING: 1,
  IMPLEMENTATION: 2,
  INPROGRESS: 2,
  QA: 3,
  REVIEW: 4,
  ACCEPTED: 5,
  DONE: 5,
};

/** The columns that a workflow's transitions lead to, in their order; states that are no column are left out. */
export function transitions(events: readonly EventRow[]): readonly number[] {
  return events
    .filter(({ event_type }) => event_type === "state.transition")
    .map(({ payload }) => textAt(payload, "to", "toState", "to_state", "toColumn", "newState", "new_state"))
    .map((state) => states[(state ?? "").toUpperCase().replaceAll(/[\s_-]/g, "")])
    .filter((index) => index !== undefined);
}

/** Place of a column in the order of the work; -1 for any other, as Blocked. */
export function placeOf(column: string | undefined): number {
  return columns.findIndex((each) => each === column);
}
