import type { StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { Cluster, ClusterObject } from "../../lib/kubernetes/cluster.ts";
import { leavesOf, splitBy, valueAt } from "../../lib/kubernetes/fieldSet.ts";
import { othersFields } from "../../lib/kubernetes/othersFields.ts";
import { takenBackKey } from "../../lib/kubernetes/takenBack.ts";
import {
  declaredShapeKind,
  takenBackKind,
  type Addition,
  type DeclaredShape,
  type TakenBack,
} from "../../preflight/additions/document.ts";
import { changesAccess, isWhollyDeclared } from "../../preflight/additions/judge.ts";
import { addressOf, adoptionRisks, titleOf } from "../../preflight/adoption/document.ts";
import { isNamed } from "../../preflight/adoption/names.ts";
import { shown } from "../../preflight/adoption/plan/rank.ts";
import { isDeclaredBy } from "./adoption.ts";
import type { Read } from "./migrations.ts";
import type { Change } from "./digest.ts";

/**
 * Fields that others have added to the objects that the program declares, and that stay: their managers own them, and
 * the program does not declare them. Read-only.
 *
 * @throws ApiError where the cluster cannot be asked
 */
export async function additionsOf(cluster: Pick<Cluster, "get">, read: Read): Promise<Addition[]> {
  const declared = read<DeclaredShape>(declaredShapeKind).map(({ data }) => data);
  const found = await Promise.all(
    declared.map(async ({ shape, keep, ...object }) => {
      const live = await cluster.get(object);
      return live === undefined ? [] : additionsTo(live, object, shape, keep);
    }),
  );
  const place = (addition: Addition) => `${titleOf(addition)} ${addition.path}`;
  return found.flat().sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

function additionsTo(
  live: ClusterObject,
  object: Omit<DeclaredShape, "shape" | "keep">,
  shape: unknown,
  keep: readonly string[],
): Addition[] {
  const { kind } = object;
  return othersFields(live).flatMap(({ manager, time, fields }) =>
    leavesOf(splitBy(fields, shape).rest).flatMap(({ path, steps }): Addition[] => {
      const stays = path.startsWith("metadata") || isNamed(keep, addressOf(object), path);
      // The next update after a refresh takes it away: it is among the changes.
      if (isWhollyDeclared(kind) && !stays) return [];
      const value = shown(kind, path, valueAt(live, steps));
      const access = !stays && changesAccess(kind, path);
      return [
        {
          ...object,
          path,
          ...(value === undefined ? {} : { value }),
          manager,
          ...(time ? { time } : {}),
          access,
        },
      ];
    }),
  );
}

/** Fields that others added and the update takes away. */
export function takenBackOf(read: Read): TakenBack[] {
  return read<TakenBack>(takenBackKind).map(({ data }) => data);
}

/** The change of an object that is taken back: the fields that go, in place of the count of such times. */
export function withTakenBack(
  change: Change,
  steps: readonly StepEventMetadata[],
  all: readonly TakenBack[],
): Change {
  if (change.operation !== "update" || !change.type.startsWith("kubernetes:")) return change;
  const inputs = steps.find((step) => step.new)?.new?.inputs as Readonly<Record<string, unknown>> | undefined;
  const taken = all.find((object) => isDeclaredBy(inputs, object));
  if (taken === undefined) return change;
  const risk = adoptionRisks.find((each) => taken.changes.some((one) => one.risk === each)) ?? "other";
  const gone = taken.changes.map(({ path, from }) => ({
    ...{ path, kind: "delete" as const },
    ...(from === undefined ? {} : { from }),
  }));
  const others = change.properties.filter(({ path }) => !path.includes(takenBackKey));
  return { ...change, risk: change.risk === "other" ? risk : change.risk, properties: [...gone, ...others] };
}

/** Above the lines of additions. */
export const additionsTitle = "Added by others, kept";

/** The addition with the manager that added it, in one line. */
export function additionLine(addition: Addition): string {
  const { path, value, manager, time, access } = addition;
  const by = `${manager}${time === undefined ? "" : `, ${time}`}`;
  const what = `${titleOf(addition)}: ${path}${value === undefined ? "" : ` = ${value}`}`;
  return `${what} (${by})${access ? "; it changes access: declare it, or remove it by hand" : ""}`;
}
