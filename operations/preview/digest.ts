import type { Addition } from "../../preflight/additions/document.ts";
import type { ReleaseReport } from "../release/plan/report.ts";
import type { PlannedObject } from "../../preflight/adoption/document.ts";

/** The harm of an unintended change, worst first. */
export const risks = ["data", "access", "replacement", "lock", "other"] as const;
export type Risk = (typeof risks)[number];

/** The name of each risk for a person. */
export const riskTitles: Readonly<Record<Risk, string>> = {
  data: "Data may be lost",
  access: "Access may change",
  replacement: "Replaced or removed",
  lock: "Locks taken by pending SQL",
  other: "Other changes",
};

/** A property that differs; values are there when they are short, plain and no secret. */
export interface PropertyChange {
  /** As in `spec.replicas`. */
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
  readonly from?: string;
  readonly to?: string;
  /** Its value comes from another change, and is known only after the update. */
  readonly later?: true;
}

/** The change of one resource. */
export interface Change {
  readonly risk: Risk;
  /**
   * `adopt` takes over an object of the cluster that exists; its properties are what differs then. `lost` is what the
   * database lacks and no update brings back: a relation, which is no resource. `roll` and `migrate` are the
   * application's own services and migrations, which ArgoCD and they themselves bring there.
   */
  readonly operation:
    | "create"
    | "adopt"
    | "update"
    | "replace"
    | "delete"
    | "keep"
    | "import"
    | "lost"
    | "roll"
    | "migrate"
    | "other";
  /** As in `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** Empty where it is no resource. */
  readonly urn: string;
  readonly properties: readonly PropertyChange[];
  /** Reasons for its risk, and further news for a reader. */
  readonly notes: readonly string[];
}

/** A file of SQL that the next update will run. */
export interface PendingSql {
  readonly file: string;
  /** As in `2 statements in one transaction`. */
  readonly how: string;
  readonly risk: Risk;
  readonly sql: readonly string[];
  /** As in `SHARE on mesh_six_events (1.2 GB, about 3,000,000 rows), blocks writes`. */
  readonly locks: readonly string[];
  readonly warnings: readonly string[];
}

/** Something the engine, a provider or a policy says. */
export interface Remark {
  readonly severity: "error" | "warning";
  /** The name of the resource it is about; "" for none. */
  readonly resource: string;
  readonly message: string;
  /** The part of the document that says the same, object by object. */
  readonly repeats?: "adoption";
}

/** The changes of an update, for people and scripts; without any secret. */
export interface Digest {
  readonly stack: string;
  readonly succeeded: boolean;
  /** Resources by the engine's word for what happens to them. */
  readonly counts: Readonly<Record<string, number>>;
  /** Each resource that changes once, worst first. */
  readonly changes: readonly Change[];
  readonly sql: readonly PendingSql[];
  /** Every object of the cluster that the stack is to declare and does not have yet. */
  readonly adoption: readonly PlannedObject[];
  /**
   * Fields that others have added to the cluster's objects and that stay; looked for where every resource is read
   * first.
   */
  readonly additions: readonly Addition[];
  /** The changes of the application's release; absent where nothing changes. */
  readonly release?: ReleaseReport;
  readonly remarks: readonly Remark[];
}

/** Worst first; those of one rank stay in their order. */
export function ranked<Item extends { readonly risk: Risk }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => risks.indexOf(a.risk) - risks.indexOf(b.risk));
}

/** The number of changes and files of each risk. */
export function tally({ changes, sql }: Pick<Digest, "changes" | "sql">): Record<Risk, number> {
  const count = (risk: Risk) => [...changes, ...sql].filter((each) => each.risk === risk).length;
  return {
    data: count("data"),
    access: count("access"),
    replacement: count("replacement"),
    lock: count("lock"),
    other: count("other"),
  };
}
