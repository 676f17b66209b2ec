import type { Fault, FaultAction } from "../../../sandbox/emulators/github/http/faults.ts";

/** One way in which GitHub refuses or answers badly. */
export interface Recorded {
  readonly what: string;
  /** The request that it strikes, by the name of its operation or route. */
  readonly at: NonNullable<Fault["match"]>;
  readonly action: FaultAction;
  /** The one line: the cause, and the remedy after the semicolon. Undefined where the create gets over it. */
  readonly says?: RegExp;
}

export const read = { operation: "FindBoards" };
export const make = { operation: "CreateBoard" };
export const seed = { operation: "SeedRepository" };
export const tag = { operation: "CreateTag" };
export const view = { path: "/views$" };

export function rest(status: number, message: string, headers: Record<string, string> = {}): FaultAction {
  const body = { message, documentation_url: "https://docs.github.com/rest", status: String(status) };
  return { kind: "answer", status, headers, body };
}

export function graphql(type: string | undefined, message: string, data: unknown = null): FaultAction {
  const error = { ...(type === undefined ? {} : { type }), path: ["it"], message };
  return { kind: "answer", status: 200, body: { data, errors: [error] } };
}
