import type { FieldChange, Refusal } from "../adoption/document.ts";

/** Names an object of the cluster. */
interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where it lies in none. */
  readonly namespace: string;
  readonly name: string;
}

/** A field of a declared object that somebody else has added, and that stays. */
export interface Addition extends Named {
  /** As in `spec.template.spec.containers[dashboard].env[EXTRA].value`. */
  readonly path: string;
  /** In JSON; left out where it is a secret or long. */
  readonly value?: string;
  /** The field manager, as it calls itself: `kubectl-edit`. */
  readonly manager: string;
  /** Time of that manager's last write, ISO 8601. */
  readonly time?: string;
  /** It changes who gets in, or with which rights a program runs. */
  readonly access: boolean;
}

/** Fields of an object that others added and an update removes. */
export interface TakenBack extends Named {
  readonly changes: readonly FieldChange[];
  /** Guards that nobody asked to drop: then the update is refused. */
  readonly refusals: readonly Refusal[];
}

/** The program's declaration of an object, without its values. */
export interface DeclaredShape extends Named {
  readonly shape: unknown;
  /** The setting `adoptKeep`. */
  readonly keep: readonly string[];
}

/** Kinds of the reports (lib/pulumi/report.ts): one document each. */
export const takenBackKind = "taken-back";
export const declaredShapeKind = "declared-shape";
