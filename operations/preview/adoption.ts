import type { StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import {
  adoptionKind,
  type FieldChange,
  type PlannedObject,
  titleOf,
} from "../../preflight/adoption/document.ts";
import { changeLine, lineOf, linesOf, refusalLine } from "../../preflight/adoption/planText.ts";
import type { Read } from "./migrations.ts";
import type { Change, PropertyChange, Remark } from "./digest.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The cluster's objects that the program plans to adopt, by their names. */
export function adoptionOf(read: Read): PlannedObject[] {
  return read<PlannedObject>(adoptionKind)
    .map(({ data }) => data)
    .sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
}

/**
 * The creation of an object that exists already as an adoption: with the fields that differ then, lost ones first.
 */
export function withAdoption(
  change: Change,
  steps: readonly StepEventMetadata[],
  adoption: readonly PlannedObject[],
): Change {
  if (change.operation !== "create" || !change.type.startsWith("kubernetes:")) return change;
  const inputs = steps.find((step) => step.new)?.new?.inputs as Fields | undefined;
  const planned = adoption.find((object) => !object.patched && isDeclaredBy(inputs, object));
  if (planned === undefined || planned.outcome === "made") return change;
  const patched = planned.kind === "Application" ? adoption.filter((object) => object.patched) : [];
  const lost = planned.changes.filter(({ kind }) => kind === "lost");
  const { kept, outcome, reason } = planned;
  return {
    ...change,
    operation: "adopt",
    risk: planned.risk ?? "other",
    properties: planned.changes.filter(({ kind }) => kind !== "lost").map(propertyOf),
    notes: [
      ...lost.map(changeLine),
      ...(outcome === "unchanged" ? ["taken over unchanged"] : []),
      ...(reason === undefined ? [] : [`its changes are not known: ${reason}`]),
      ...(kept.length === 0 ? [] : [`kept, although not declared: ${kept.join(", ")}`]),
      ...patched.flatMap((object) => [lineOf(object), ...linesOf(object)]),
    ],
  };
}

/**
 * Each refusal as an error of the preview.
 *
 * @param repeats - the part of the document that holds the objects
 */
export function refusalRemarks(
  objects: readonly Pick<PlannedObject, "kind" | "namespace" | "name" | "refusals">[],
  repeats?: "adoption",
): Remark[] {
  return objects.flatMap((object) =>
    object.refusals.map((refusal) => ({
      severity: "error" as const,
      resource: titleOf(object),
      message: refusalLine(refusal),
      ...(repeats === undefined ? {} : { repeats }),
    })),
  );
}

/** Whether a resource with these inputs is that object. */
export function isDeclaredBy(
  inputs: Fields | undefined,
  { kind, namespace, name }: Pick<PlannedObject, "kind" | "namespace" | "name">,
): boolean {
  const metadata = (inputs?.["metadata"] ?? {}) as Fields;
  return (
    inputs?.["kind"] === kind && metadata["name"] === name && (metadata["namespace"] ?? "") === namespace
  );
}

function propertyOf({ path, kind, from, to, later }: FieldChange): PropertyChange {
  return {
    path,
    kind: kind === "set" ? "add" : "update",
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(later === undefined ? {} : { later }),
  };
}
