import { isWhole, itemStep, memberOf, selects, type FieldSet } from "../../../lib/kubernetes/fieldSet.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The owned fields of each side, for a cut. Undefined where nobody of that side owns anything. */
export interface Owners {
  /** Fields that the program declares. */
  readonly declared: FieldSet | undefined;
  /** Fields of the managers whose objects are taken over. */
  readonly yielding: FieldSet;
  /** Fields that stay: those of controllers, and those that a setting keeps. */
  readonly keeping: FieldSet | undefined;
}

/**
 * Removes the fields of the yielding managers that the program does not declare. A server-side apply would leave them,
 * beside what is declared or against it.
 */
export function cut(value: unknown, owners: Owners): unknown {
  const { yielding } = owners;
  if (Array.isArray(value)) {
    const steps = Object.keys(yielding).filter((step) => itemStep(step) !== undefined);
    return value.flatMap((item: unknown) => {
      const step = steps.find((each) => selects(each, item));
      if (step === undefined) return [item];
      const below = within(owners, step);
      if (isGone(below)) return [];
      return [isSettled(below) ? item : cut(item, below)];
    });
  }
  if (!isFields(value)) return value;
  const left: Record<string, unknown> = { ...value };
  for (const step of Object.keys(yielding)) {
    const name = memberOf(step);
    if (name === undefined || !(name in left)) continue;
    const below = within(owners, step);
    if (isGone(below)) delete left[name];
    else if (!isSettled(below)) left[name] = cut(left[name], below);
  }
  return left;
}

function within({ declared, yielding, keeping }: Owners, step: string): Owners {
  return { declared: declared?.[step], yielding: yielding[step]!, keeping: keeping?.[step] };
}

function isGone({ declared, keeping }: Owners): boolean {
  return declared === undefined && keeping === undefined;
}

/** Whether somebody who stays owns it whole, so that nothing below it is anybody else's to cut. */
function isSettled({ declared, yielding, keeping }: Owners): boolean {
  const whole = (set: FieldSet | undefined) => set !== undefined && isWhole(set);
  return whole(declared) || whole(keeping) || isWhole(yielding);
}

/** Lays what is declared over the value, list by list as a server-side apply does it. */
export function laidOver(value: unknown, declared: unknown, set: FieldSet): unknown {
  const steps = Object.keys(set).filter((step) => step !== ".");
  if (steps.length === 0) {
    // An empty object says only that it is there.
    return isFields(declared) && Object.keys(declared).length === 0 && isFields(value) ? value : declared;
  }
  if (Array.isArray(declared)) {
    const left = Array.isArray(value) ? [...(value as unknown[])] : [];
    const own = declared.map((item: unknown) => {
      const step = steps.find((each) => selects(each, item));
      if (step === undefined) return item;
      const at = left.findIndex((each) => selects(step, each));
      return laidOver(at === -1 ? undefined : left.splice(at, 1)[0], item, set[step]!);
    });
    return [...own, ...left];
  }
  if (!isFields(declared)) return declared;
  const merged: Record<string, unknown> = isFields(value) ? { ...value } : {};
  for (const [name, part] of Object.entries(declared)) {
    merged[name] = laidOver(merged[name], part, set[`f:${name}`] ?? {});
  }
  return merged;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
