/** The result of one check of a suite. */
export interface Finding {
  /** "M1", "Pods", "PLANNING": what a person calls this part of the system's life. */
  readonly milestone: string;
  readonly status: "pass" | "fail" | "skip";
  readonly expected: string;
  /** The finding; for a skip, its reason. */
  readonly seen: string;
  /** A person's next places to look: pods with their last lines, addresses, rows. */
  readonly where: readonly string[];
  readonly seconds: number;
}

/** A row of the event log that this run has caused. */
export interface TraceEvent {
  /** By the database's clock, ISO. */
  readonly at: string;
  readonly agent: string;
  readonly type: string;
  /** The part of the payload a person reads, on one line. */
  readonly detail: string;
}

/** A message of a suite's process while it runs. */
export type SuiteMessage =
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: "trace"; readonly events: readonly TraceEvent[] };
