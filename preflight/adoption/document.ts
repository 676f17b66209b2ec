/** Ranks of a change that an adoption makes, worst first. */
export const adoptionRisks = ["data", "access", "other"] as const;
export type AdoptionRisk = (typeof adoptionRisks)[number];

/** One field of an object that differs after the adoption. */
export interface FieldChange {
  /** As in `spec.routes[0].middlewares[login].name`; items of lists by their key. */
  readonly path: string;
  /** `set`: was not there; `changed`: another value; `lost`: is not there any more. */
  readonly kind: "set" | "changed" | "lost";
  /** The value before, in JSON; left out where it is a secret or long. */
  readonly from?: string;
  readonly to?: string;
  readonly risk: AdoptionRisk;
  /** Its new value comes from the update itself. */
  readonly later?: true;
}

/** A field that a setting has to speak of before the object can be taken over. */
export interface Refusal {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
  /** The settings that keep it or let it go. */
  readonly remedy: string;
}

/** An object that the program declares and the stack does not have yet, or that its patches change. */
export interface PlannedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where it lies in none. */
  readonly namespace: string;
  readonly name: string;
  readonly outcome: "made" | "unchanged" | "changed" | "unknown";
  /** It stays ArgoCD's, and the stack's patches in the Application change it. */
  readonly patched?: true;
  /** Worst of its changes; left out where nothing changes. */
  readonly risk?: AdoptionRisk;
  readonly changes: readonly FieldChange[];
  /** Fields of others that stay beside what is declared. */
  readonly kept: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Paths whose values only the update knows. */
  readonly later: readonly string[];
  /** The reason for `unknown`. */
  readonly reason?: string;
}

/** Kind of the reports of objects that are adopted (lib/pulumi/report.ts): one {@link PlannedObject} each. */
export const adoptionKind = "adoption";

/** Environment variable: `true` makes a preview plan as if objects that exist were to be taken over. */
export const adoptionAskedVariable = "MESH_SIX_ADOPTION_ASKED";

/** `Deployment/dashboard` */
export function addressOf({ kind, name }: Pick<PlannedObject, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/** `Deployment mesh-six/dashboard` */
export function titleOf({
  kind,
  namespace,
  name,
}: Pick<PlannedObject, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}
