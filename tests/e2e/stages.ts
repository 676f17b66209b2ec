/** The thing that a step waits for. */
export type Wanted =
  | { readonly kind: "event"; readonly type: "state.transition" | "llm.call"; readonly agent?: string }
  | { readonly kind: "comment"; readonly what: "guidance" | "plan" | "verdict" }
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "pull request" }
  | { readonly kind: "health" };

/** One thing that must happen, and how long it may take. */
export interface Step {
  readonly stage: "INTAKE" | "PLANNING" | "IMPLEMENTATION" | "QA" | "REVIEW" | "ACCEPTED";
  readonly wanted: Wanted;
  /** As a person says it. */
  readonly expected: string;
  /** Minutes, from the end of the step before. */
  readonly within: number;
  /** Seconds between two looks. */
  readonly every: number;
}

/** The board's columns in the order of the work. Blocked is none of them. */
export const columns = ["Todo", "Planning", "In Progress", "QA", "Review", "Done"] as const;

/** Minutes for everything together. */
export const inAll = 60;

/** Seconds between two looks at the card, whatever is waited for. */
export const watchEvery = 5;

/** The life of an issue, step by step. */
export const steps: readonly Step[] = [
  {
    stage: "INTAKE",
    wanted: { kind: "event", type: "state.transition", agent: "project-manager" },
    expected: "an event state.transition of this issue by project-manager",
    within: 5,
    every: 5,
  },
  {
    stage: "INTAKE",
    wanted: { kind: "event", type: "llm.call" },
    expected: "an event llm.call of this issue",
    within: 10,
    every: 5,
  },
  {
    stage: "INTAKE",
    wanted: { kind: "comment", what: "guidance" },
    expected: "a comment with “Architect Guidance” or “Technical Recommendation”",
    within: 5,
    every: 5,
  },
  {
    stage: "PLANNING",
    wanted: { kind: "column", name: "Planning" },
    expected: "the card in the column Planning",
    within: 3,
    every: 5,
  },
  {
    stage: "PLANNING",
    wanted: { kind: "comment", what: "plan" },
    expected: "a plan as a comment: headings, a task list, over 500 characters",
    within: 20,
    every: 5,
  },
  {
    stage: "IMPLEMENTATION",
    wanted: { kind: "column", name: "In Progress" },
    expected: "the card in the column In Progress",
    within: 5,
    every: 5,
  },
  {
    stage: "IMPLEMENTATION",
    wanted: { kind: "pull request" },
    expected: "an open pull request that names the issue",
    within: 40,
    every: 15,
  },
  {
    stage: "QA",
    wanted: { kind: "column", name: "QA" },
    expected: "the card in the column QA",
    within: 5,
    every: 5,
  },
  {
    stage: "QA",
    wanted: { kind: "comment", what: "verdict" },
    expected: "a comment with the tests' result: passed, failed, or test with a tick",
    within: 15,
    every: 5,
  },
  {
    stage: "REVIEW",
    wanted: { kind: "column", name: "Review" },
    expected: "the card in the column Review",
    within: 5,
    every: 5,
  },
  {
    stage: "REVIEW",
    wanted: { kind: "health" },
    expected: "the deployed app to answer at /healthz",
    within: 10,
    every: 10,
  },
  {
    stage: "ACCEPTED",
    wanted: { kind: "column", name: "Done" },
    expected: "the card in the column Done",
    within: 10,
    every: 5,
  },
];
