import { lineOf as lineOfProblem, type Problem } from "../../lib/text/problem.ts";
import { type FieldChange, type PlannedObject, type Refusal, titleOf } from "./document.ts";

const outcomes: Readonly<Record<PlannedObject["outcome"], string>> = {
  made: "is made",
  unchanged: "is taken over unchanged",
  changed: "is taken over with changes",
  unknown: "is taken over; the changes are not known",
};

/** Words for an object that stays ArgoCD's. */
const patchedOutcomes: Readonly<Record<PlannedObject["outcome"], string>> = {
  ...outcomes,
  changed: "stays ArgoCD's, and the patches in the Application change it",
  unknown: "stays ArgoCD's; the changes of the patches in the Application are not known",
};

/** `Deployment mesh-six/dashboard is taken over with changes (access)` */
export function lineOf(planned: PlannedObject): string {
  return `${titleOf(planned)} ${outcomeLine(planned)}`;
}

/** `is taken over with changes (access)` */
export function outcomeLine({ outcome, risk, reason, patched }: PlannedObject): string {
  const rank = risk === undefined || risk === "other" ? "" : ` (${risk})`;
  return `${(patched ? patchedOutcomes : outcomes)[outcome]}${rank}${reason === undefined ? "" : `: ${reason}`}`;
}

/** A line for each field that changes, lost ones first, and one for what others keep. */
export function fieldLines({ changes, kept }: PlannedObject): string[] {
  const order = ["lost", "changed", "set"];
  const sorted = [...changes].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const stays = kept.length === 0 ? [] : [`kept, although not declared: ${kept.join(", ")}`];
  return [...sorted.map(changeLine), ...stays];
}

/** The same, indented below the object's line. */
export function linesOf(planned: PlannedObject): string[] {
  return fieldLines(planned).map((line) => `  ${line}`);
}

/** `lost: spec.routes[0].middlewares[login].name ("login")` */
export function changeLine({ path, kind, from, to, later }: FieldChange): string {
  if (later) return `changed: ${path}, known only after the update`;
  if (kind === "lost") return `lost: ${path}${from === undefined ? "" : ` (${from})`}`;
  if (kind === "set") return `set: ${path}${to === undefined ? "" : ` (${to})`}`;
  return `changed: ${path}${from === undefined && to === undefined ? "" : ` (${from ?? "…"} → ${to ?? "…"})`}`;
}

export function problemOf({ path, expected, got, remedy }: Refusal): Problem {
  return { said: `${path === "" ? "" : `${path}: `}expected ${expected}, got ${got}`, remedy };
}

/** `spec.tls.secretName: expected …, got …; to keep it: …` */
export const refusalLine = (refusal: Refusal): string => lineOfProblem(problemOf(refusal));
