/** Troubles a test can order: refused, lost, late or half-done requests. */
import { failure, json, type Reply } from "./http.ts";

/** The requests that a fault concerns; an omitted member matches everything. */
interface FaultMatch {
  readonly method?: string;
  /** Regular expression on the path below /api/v3, or "/graphql". */
  readonly path?: string;
  /** Name of a GraphQL operation or of one of its root fields, e.g. "createProjectV2". */
  readonly operation?: string;
}

export type FaultAction =
  /** Answers with this status; `after`: the work is done nevertheless. `retryAfter` in seconds. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly after?: boolean;
      readonly retryAfter?: number;
    }
  /** Closes the connection without an answer; `after`: once the work is done (a lost answer). */
  | { readonly kind: "drop"; readonly after?: boolean }
  /** A secondary limit. @default status 403 */
  | { readonly kind: "secondary"; readonly status?: 200 | 403 | 429; readonly retryAfter?: number }
  /** The primary limit is used up until `resetAfter` seconds from now: 403, or for GraphQL 200 with errors. */
  | { readonly kind: "exhausted"; readonly resetAfter?: number }
  /** The named root field fails; with `stop` all that follow it too. The ones before it are done. */
  | { readonly kind: "mutation"; readonly field: string; readonly stop?: boolean; readonly after?: boolean }
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** GraphQL: one of the places that the schema allows to be null is null, the one at this index, counted round. */
  | { readonly kind: "null"; readonly at: number }
  /** Answers just so, as it was recorded of GitHub; nothing is done. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A text, or what is sent as JSON. */
      readonly body: unknown;
    }
  /** The work is done and its answer spoilt: a page of HTML, JSON cut in the middle, or errors beside no data. */
  | { readonly kind: "spoil"; readonly as: "html" | "cut" | "errors" };

export interface Fault {
  readonly match?: FaultMatch;
  /** The number of matching requests that pass first. @default 0 */
  readonly skip?: number;
  /** The number of requests that the fault then strikes. @default 1 */
  readonly times?: number;
  readonly action: FaultAction;
}

export interface Subject {
  readonly method: string;
  readonly path: string;
  /** Operation name and root fields of a GraphQL document. */
  readonly operations: readonly string[];
}

const actionKinds: readonly string[] = [
  "status",
  "drop",
  "secondary",
  "exhausted",
  "mutation",
  "delay",
  "null",
  "spoil",
  "answer",
];

export class Faults {
  private list: { readonly fault: Fault; skip: number; times: number }[] = [];

  /** Replaces all faults; an error names the first that is not one. */
  set(faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (!actionKinds.includes((fault as Partial<Fault>).action?.kind ?? "")) {
        throw new Error(
          `A fault's action.kind is one of ${actionKinds.join(", ")}, got ${JSON.stringify(fault)}.`,
        );
      }
    }
    this.list = faults.map((fault) => ({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 }));
  }

  /** The faults that have not struck yet. */
  get pending(): readonly Fault[] {
    return this.list.map(({ fault, skip, times }) => ({ ...fault, skip, times }));
  }

  /** The action that strikes this request; counts it for every fault it matches. */
  strike(subject: Subject): FaultAction | undefined {
    let struck: FaultAction | undefined;
    for (const entry of this.list) {
      if (!matches(entry.fault.match ?? {}, subject)) continue;
      if (entry.skip > 0) entry.skip -= 1;
      else if (struck === undefined) {
        entry.times -= 1;
        struck = entry.fault.action;
      }
    }
    this.list = this.list.filter(({ times }) => times > 0);
    return struck;
  }
}

function matches({ method, path, operation }: FaultMatch, subject: Subject): boolean {
  return (
    (method === undefined || method === subject.method) &&
    (path === undefined || new RegExp(path).test(subject.path)) &&
    (operation === undefined || subject.operations.includes(operation))
  );
}

/** An answer as a fault spoils it; always with status 200, and with the work done. */
export function spoilt(reply: Reply, as: "html" | "cut" | "errors"): Reply {
  const { headers, body } = reply;
  const text = body.toString();
  if (as === "cut") return { status: 200, headers, body: text.slice(0, Math.floor(text.length / 2)) };
  if (as === "errors") {
    const message = "Something went wrong while executing your query. Please try again.";
    return json(200, { data: null, errors: [{ message }] });
  }
  const page = "<!DOCTYPE html>\n<html><body>Unicorn! · GitHub</body></html>";
  return { status: 200, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body: page };
}

/** The answer of an action that has one of its own; undefined for those that act elsewhere. */
export function faultReply(action: FaultAction, graphql: boolean): Reply | undefined {
  if (action.kind === "status") {
    const headers = action.retryAfter === undefined ? {} : { "retry-after": String(action.retryAfter) };
    const message =
      action.status >= 500 ? "Server Error" : action.status === 429 ? "Too Many Requests" : "Refused";
    return failure(action.status, message, headers);
  }
  if (action.kind === "secondary") {
    const status = action.status ?? 403;
    const headers: Record<string, string> =
      action.retryAfter === undefined ? {} : { "retry-after": String(action.retryAfter) };
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. " +
      "For more on scraping GitHub and how it may affect your rights, please review our Terms of Service.";
    return status === 200
      ? json(200, { data: null, errors: [{ type: "RATE_LIMITED", message }] }, headers)
      : failure(status, message, headers);
  }
  if (action.kind === "answer") {
    const { status, headers = {}, body } = action;
    if (typeof body !== "string") return json(status, body, headers);
    return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
  }
  if (action.kind !== "exhausted") return undefined;
  const reset = Math.ceil(Date.now() / 1000) + (action.resetAfter ?? 60);
  const headers = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-used": "5000",
    "x-ratelimit-reset": String(reset),
  };
  const message = "API rate limit exceeded for user ID 1.";
  return graphql
    ? json(200, { errors: [{ type: "RATE_LIMITED", code: "graphql_rate_limit", message }] }, headers)
    : failure(403, message, headers);
}
